package config

// Schema gives the JSON schema.
func Schema() ([]byte, error) { return nil, nil }
