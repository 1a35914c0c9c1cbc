package abuild

import (
	"os"
	"path/filepath"
	"testing"
)

// In the directory that apk takes for the root is what is in the system's.
func TestApkRoot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	if err := makeApkRoot(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"etc/passwd", "bin/sh", "usr/bin"} {
		want, err := os.Stat("/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.Stat(filepath.Join(dir, name)); err != nil || !os.SameFile(got, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.ReadDir(dir); err != nil {
		t.Error(err)
	}
}
