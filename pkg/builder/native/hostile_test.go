package native

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder"
)

const emptyPackage = "package() { mkdir \"$pkgdir\"; }\n"

// This process may be root, and the build is not: nothing that the build's user links to reaches
// a package, and nothing outside the build directory is changed.
func TestLinksLeadNowhere(t *testing.T) {
	outside := t.TempDir()
	key := filepath.Join(outside, "demo")
	if err := os.Mkdir(key, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(key, "key.la") // a name that the builder removes from packages
	if err := os.WriteFile(secret, []byte("#!/bin/sh\nhunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ body, want string }{
		"package directory": {"package() { ln -s '" + key + "' \"$pkgdir\"; }\n", "nothing is installed"},
		"directory above it": {"package() { rmdir \"$startdir\"/pkg; ln -s '" + outside + "' \"$startdir\"/pkg; }\n",
			"nothing is installed"},
		"install script": {"install=demo.post-install\n[ -e \"$startdir\"/demo.post-install ] || : >\"$startdir\"/demo.post-install\n" +
			"package() { mkdir \"$pkgdir\"; ln -sf '" + secret + "' \"$startdir\"/demo.post-install; }\n",
			"install script demo.post-install is missing"},
		"source": {"source=key\nsha512sums='00  key'\nln -sf '" + secret + "' \"$startdir\"/key\n" + emptyPackage,
			"source key cannot be read"},
		"source directory": {"source=f\nsha512sums='00  f'\n: >\"$startdir\"/f\nrmdir \"$startdir\"/src\nln -s '" + outside +
			"' \"$startdir\"/src\n" + emptyPackage, "not a directory"},
		"metadata": {"build() { rm -f \"$_output\"; ln -s /proc/self/environ \"$_output\"; exit 0; }\n" + emptyPackage, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			files, log, err := build(t, tc.body, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, error %v, want %s\n%s", files, err, tc.want, log)
			}
			if b, err := os.ReadFile(secret); err != nil || !strings.Contains(string(b), "hunter2") {
				t.Errorf("the file outside: %q, %v", b, err)
			}
			if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
				t.Errorf("outside: %v, %v", entries, err)
			}
		})
	}
}

// A function that ends the shell leaves the rest of itself undone, which is no success.
func TestExitIsNoSuccess(t *testing.T) {
	for where, body := range map[string]string{
		"build":    "build() { exit 0; }\n" + emptyPackage,
		"package":  "package() { mkdir \"$pkgdir\"; exit 0; }\n",
		"extra":    "subpackages=demo-extra\nextra() { mkdir -p \"$subpkgdir\"; exit 0; }\n" + emptyPackage,
		"APKBUILD": emptyPackage + "exit 0\n",
	} {
		_, _, err := build(t, body, nil)
		var refused *builder.RefusedError
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), where+" ended the shell") {
			t.Errorf("%s: %v", where, err)
		}
	}
}

// The split function that fails is named, not the phase.
func TestFailingSplit(t *testing.T) {
	_, _, err := build(t, "subpackages=demo-extra\nextra() { return 3; }\n"+emptyPackage, nil)
	var failed *builder.CommandError
	if !errors.As(err, &failed) || failed.Function != "extra" || failed.ExitCode != 3 {
		t.Errorf("%v", err)
	}
}

func TestUnreadableAPKBUILD(t *testing.T) {
	_, _, err := build(t, "package() {\n", nil)
	var refused *builder.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "the APKBUILD cannot be read") {
		t.Errorf("%v", err)
	}
	_, _, err = build(t, emptyPackage, func(j *builder.Job) {
		if err := os.Remove(filepath.Join(j.Dir, "APKBUILD")); err != nil {
			t.Fatal(err)
		}
	})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
