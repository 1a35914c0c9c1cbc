package examples

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// install unpacks the package's files into a new directory, as apk would below /, and sees that it
// depends on what it needs to run.
func install(t *testing.T, file string, depends []string) string {
	t.Helper()
	target := t.TempDir()
	dir, err := os.OpenRoot(target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	pkg, err := apk.Files(f, func(entry *tar.Header, content io.Reader) error { return unpack(dir, entry, content) })
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range depends {
		if !slices.Contains(pkg.Info.Depends, name) {
			t.Errorf("the package depends on %v, not on %s", pkg.Info.Depends, name)
		}
	}
	return target
}

func unpack(dir *os.Root, entry *tar.Header, content io.Reader) error {
	name := path.Clean(entry.Name)
	if err := dir.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	switch entry.Typeflag {
	case tar.TypeDir:
		return dir.MkdirAll(name, 0o755)
	case tar.TypeSymlink:
		return dir.Symlink(entry.Linkname, name)
	case tar.TypeLink:
		return dir.Link(path.Clean(entry.Linkname), name)
	case tar.TypeReg:
		body, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		return dir.WriteFile(name, body, fs.FileMode(entry.Mode).Perm())
	}
	return fmt.Errorf("%s: entry of type %c", entry.Name, entry.Typeflag)
}

// checkTree finds what does not belong into a package: what the build and its tools left behind,
// secrets, and links that lead nowhere.
func checkTree(t *testing.T, installed string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(installed, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		switch {
		case name == ".git", name == ".bin", name == ".cache", name == "__pycache__",
			name == ".env", strings.HasPrefix(name, ".env."), strings.HasSuffix(name, ".map"):
			t.Errorf("%s is in the package", strings.TrimPrefix(file, installed))
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			checkLink(t, installed, file)
		}
		if entry.Type().IsRegular() {
			files++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("the package is empty")
	}
}

// checkLink follows a link within the package. None of the examples has a reason for a link to
// what another package installs.
func checkLink(t *testing.T, installed, link string) {
	t.Helper()
	target, err := os.Readlink(link)
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := filepath.EvalSymlinks(link)
	inside := err == nil && strings.HasPrefix(resolved, installed+string(filepath.Separator))
	if filepath.IsAbs(target) || !inside {
		t.Errorf("%s leads to %s, which the package does not hold", strings.TrimPrefix(link, installed), target)
	}
}
