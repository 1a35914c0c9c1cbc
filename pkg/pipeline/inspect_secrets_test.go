package pipeline

import (
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/secretscan"
)

// packFiles makes a package of files.
func packFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "p.apk")
	info := apk.Info{Name: "p", Version: "1-r0", Description: "p", URL: "https://example.org", License: "MIT", Arch: "noarch", Origin: "p"}
	if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	return file
}

// A package with a secret is an error that names the file and says how to allow it; the signing key is never allowed, and the keys of
// dependencies are a warning.
func TestSecretsAreRefused(t *testing.T) {
	ours, err := apk.GenerateKey("acme")
	if err != nil {
		t.Fatal(err)
	}
	other, err := apk.GenerateKey("other")
	if err != nil {
		t.Fatal(err)
	}
	der, _ := pem.Decode(ours.PEM())
	const npmrc = "//registry.npmjs.org/:_authToken=npm_0123456789abcdef\n"
	for name, tc := range map[string]struct {
		file, text string
		allowed    []string
		want       string // of the error
		warning    string
	}{
		"a key":                {file: "var/lib/p/tls.key", text: string(other.PEM()), want: "/var/lib/p/tls.key with a private key"},
		"a token":              {file: "var/lib/p/.npmrc", text: npmrc, want: "/var/lib/p/.npmrc with a token of npm"},
		"an allowed key":       {file: "var/lib/p/tls.key", text: string(other.PEM()), allowed: []string{"/var/lib/p/*.key"}},
		"an allowed directory": {file: "var/lib/p/test/a/tls.key", text: string(other.PEM()), allowed: []string{"/var/lib/p/test"}},
		"another is allowed": {file: "var/lib/p/tls.key", text: string(other.PEM()), allowed: []string{"/var/lib/p/tls"},
			want: "tls.key"},
		"a dependency's": {file: "var/lib/p/node_modules/x/test/tls.key", text: string(other.PEM()),
			warning: "node_modules/x/test/tls.key"},
		"the signing key": {file: "var/lib/p/acme.rsa", text: string(ours.PEM()),
			want: "/var/lib/p/acme.rsa, which is the key that signs"},
		"the signing key, allowed": {file: "var/lib/p/acme.rsa", text: string(ours.PEM()), allowed: []string{"/var/lib/p/*"},
			want: "the key that signs"},
		"in a dependency": {file: "var/lib/p/node_modules/acme.rsa", text: string(ours.PEM()), want: "the key that signs"},
		"behind an allowed key": {file: "var/lib/p/keys.pem", text: string(other.PEM()) + string(ours.PEM()),
			allowed: []string{"/var/lib/p/*"},
			want:    "the key that signs"},
		"in DER": {file: "var/lib/p/x", text: string(der.Bytes), allowed: []string{"/var/lib/p/*"}, want: "the key that signs"},
		"in a program": {file: "var/lib/p/index.js", want: "the key that signs",
			text: "const k = \"" + strings.ReplaceAll(string(ours.PEM()), "\n", "\\n") + "\"\n"},
		"a public key": {file: "etc/apk/keys/acme.rsa.pub", text: "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var warned []string
			rules := secretRules{allowed: tc.allowed, keys: secretscan.NewKeys(ours.PEM())}
			packed := []string{packFiles(t, map[string]string{tc.file: tc.text})}
			_, err := inspect(packed, "/build", rules, startsNothing, func(f config.Fault) {
				warned = append(warned, f.Message)
			})
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("%v, want %s", err, tc.want)
			}
			if text := strings.Join(warned, "\n"); tc.warning == "" && text != "" && tc.want == "" || !strings.Contains(text, tc.warning) {
				t.Errorf("warned %q, want %s", text, tc.warning)
			}
			if tc.want != "" && !strings.Contains(tc.want, "signs") &&
				(err == nil || !strings.Contains(err.Error(), "allow_secrets: ["+tc.file)) {
				t.Errorf("it does not say how to allow it: %v", err)
			}
		})
	}
}
