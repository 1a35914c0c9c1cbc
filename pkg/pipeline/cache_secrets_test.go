package pipeline

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Only what is secret by its name or its form keeps caches from being copied.
func TestSecretVariables(t *testing.T) {
	got := secretVariables(map[string]string{
		"NODE_ENV": "production", "GOFLAGS": "-mod=mod", "NPM_TOKEN": "npm_abcdef", "db_password": "hunter2hunter2", "TOKEN": "on",
		"GOPROXY": "https://me:goproxy-secret@proxy.example.com", "URL": "https://only-a-token@host/x", "MAIL": "me@example.com", "GH_PAT": "personal", "PATH_OF": "elsewhere",
		"GIT_CONFIG_VALUE_0": "Authorization: x", "DB_PASS": "database", "NPM_PASS": "registry", "AGAIN": "https://me:registry@host",
	})
	want := []string{"Authorization: x", "database", "goproxy-secret", "hunter2hunter2", "npm_abcdef", "only-a-token", "personal", "registry"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Addresses hold secrets in many forms.
func TestSecretAddresses(t *testing.T) {
	for address, want := range map[string][]string{
		"https://me:p%40ss%2Fword@host/x":                    {"p%40ss%2Fword", "p@ss/word"},
		"https://me:pass:word@host":                          {"pass:word"},
		"https://me:pass@word@host/":                         {"pass@word"},
		"postgres://me:pass#wo?rd@host:5432/db":              {"pass#wo?rd"},
		"https://me:100%password@host":                       {"100%password"},
		"https://me:short@host":                              nil,
		"https://ghp%5Ftoken@host":                           {"ghp%5Ftoken", "ghp_token"},
		"https://ghp_token:@host":                            {"ghp_token"},
		"https://ghp_token:x-oauth-basic@host":               {"ghp_token"},
		"https://x-access-token:ghp_token@host":              {"ghp_token"},
		"https://token@host":                                 nil,
		"git+https://ghp_token@host/x.git":                   {"ghp_token"},
		"HTTPS://ghp_token@host":                             {"ghp_token"},
		"ssh://gituser@host/x":                               nil,
		"git+ssh://gituser@host/x":                           nil,
		"ssh://gituser:password@host/x":                      {"password"},
		"https://host/someone@example.com":                   nil,
		"https://host:8443/x":                                nil,
		"https://first.example.com,https://me:secret@second": {"secret"},
		"https://a:secret-a@first,https://b:secret-b@second": {"secret-a", "secret-b"},
		"registry=https://me:secret@host other":              {"secret"},
	} {
		if got := secretVariables(map[string]string{"ADDRESS": address}); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
