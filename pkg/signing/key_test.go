package signing

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/usererror"
)

// keyFiles makes key files in a directory of its own.
func keyFiles(t *testing.T, names ...string) []string {
	t.Helper()
	dir := t.TempDir()
	for i, name := range names {
		pair, err := MakeKey(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		names[i] = pair.Private
	}
	return names
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestSeveralKeys(t *testing.T) {
	files := keyFiles(t, "new", "old")
	both := filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(both, []byte(text(t, files[0])+text(t, files[1])), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key       Key
		want, err string
	}{
		"one":              {Key{Files: files[:1]}, "new.rsa", ""},
		"two files":        {Key{Files: files}, "new.rsa old.rsa", ""},
		"two files, named": {Key{Files: files, Names: []string{"acme-2026", "acme"}}, "acme-2026.rsa acme.rsa", ""},
		"two in a file":    {Key{Files: []string{both}, Names: []string{"acme-2026", "acme"}}, "acme-2026.rsa acme.rsa", ""},
		"two in an input":  {Key{PEM: secret.New(text(t, both)), Names: []string{"a", "b"}}, "a.rsa b.rsa", ""},
		"one name for two": {Key{PEM: secret.New(text(t, both)), Names: []string{"a"}}, "", "2 signing keys are given and 1 key names (a)"},
		"no names for two": {Key{Files: []string{both}}, "", "two signing keys are named both.rsa"},
		"a missing file":   {Key{Files: []string{both + "-"}}, "", "no such file"},
		"a public key":     {Key{Files: []string{files[0] + ".pub"}}, "", "this is a public key"},
		"a damaged second": {Key{PEM: secret.New(text(t, both)[:4000])}, "", "of 2 PEM blocks 1 can be read"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := c.key.Load(nil)
			var mistake *usererror.InputError
			if c.err != "" {
				if !errors.As(err, &mistake) || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%v, want %s", err, c.err)
				}
				return
			}
			var names []string
			for _, k := range keys {
				names = append(names, k.Name)
			}
			if got := strings.Join(names, " "); err != nil || got != c.want {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

// Keys under passwords are opened with the one that fits, and where none does the user learns where it goes.
func TestKeyPasswords(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	file := keyFiles(t, "acme")[0]
	protected := file + ".protected"
	cmd := exec.Command("openssl", "pkey", "-aes256", "-in", file, "-out", protected, "-passout", "stdin")
	cmd.Stdin = strings.NewReader("open sesame\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	key := Key{Files: []string{protected}, Names: []string{"acme"}, Passwords: secret.New("other\r\nopen sesame\r\n")}
	if keys, err := key.Load(nil); err != nil || len(keys) != 1 {
		t.Errorf("%v", err)
	}
	for _, password := range []string{"", "wrong"} {
		key.Passwords = secret.New(password)
		_, err := key.Load(nil)
		var mistake *usererror.InputError
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), "signing-key-password-file") {
			t.Errorf("%v", err)
		}
	}
}

// A package counts as signed when all the keys have signed it.
func TestSignedByAll(t *testing.T) {
	keys, err := Key{Files: keyFiles(t, "new", "old")}.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	info := apk.Info{Name: "a", Version: "1-r0", Arch: "x86_64", License: "MIT", URL: "https://example.com", Description: "a", BuildDate: 1}
	path := filepath.Join(t.TempDir(), "a-1-r0.apk")
	if _, err := apk.Create(context.Background(), path, info, nil, apk.Tree{Root: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if n > 0 {
			if err := apk.SignFile(context.Background(), path, path, keys[:n]...); err != nil {
				t.Fatal(err)
			}
		}
		for m := 1; m <= 2; m++ {
			p, err := apk.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := SignedBy(p, keys[:m]); got != (m <= n) {
				t.Errorf("signed by %d, asked for %d: %v", n, m, got)
			}
		}
	}
}
