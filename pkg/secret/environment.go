package secret

import "strings"

// variables are those of the environment whose values are secrets.
var variables = []string{
	"ABUILD_PRIVATE_KEY", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"GITHUB_TOKEN", "INPUT_SIGNING-KEY", "INSTELLAR_AUTH_TOKEN", "INSTELLAR_PACKAGE_TOKEN", "PAKMAN_SERVE_PASSWORD",
	"PAKMAN_SIGNING_KEY_PASSWORD", "PAKMAN_WEBHOOK_SECRET",
}

// FromEnvironment returns the secrets that the environment holds, for Redactor.
func FromEnvironment(getenv func(string) string) []string {
	var values []string
	for _, name := range variables {
		if v := strings.TrimSpace(getenv(name)); v != "" {
			values = append(values, v)
		}
	}
	return values
}
