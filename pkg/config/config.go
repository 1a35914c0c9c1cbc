// Package config reads pakman.yml and instellar.yml into typed values that remember where they stand.
// Load reads text, parses it to YAML nodes, decodes the nodes into a File and validates that; every step
// notes what it finds and goes on, so that one run names every mistake. The key table (key.go, keys_*.go) is
// the one source of what a key may hold: the decoder, the validation, the JSON schema and the documentation read it.
package config
