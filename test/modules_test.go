// Package test holds what is tested in modules of its own, so that the product's go.mod stays
// short, and the one test that runs all of them: `go test ./...` in the root is every test.
package test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const root = ".."

// TestModules tests every module below the root. Modules without tests (the benchmarks) are
// compiled and vetted, so that a change of the product's API cannot break them unseen.
func TestModules(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the nested modules compile large dependencies")
	}
	for _, dir := range nestedModules(t) {
		t.Run(filepath.ToSlash(dir), func(t *testing.T) {
			if !hasFile(t, dir, ".go") {
				t.Skip("pins tools only")
			}
			goRun(t, dir, "vet", "./...")
			if hasFile(t, dir, "_test.go") {
				goRun(t, dir, "test", "-count=1", "./...")
			}
		})
	}
}

// nestedModules returns the directories, relative to the root, that hold a go.mod.
func nestedModules(t *testing.T) []string {
	t.Helper()
	var dirs []string
	walk(t, root, func(path string) {
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == "go.mod" && dir != "." {
			dirs = append(dirs, dir)
		}
	})
	if len(dirs) == 0 {
		t.Fatal("no nested module found")
	}
	return dirs
}

// hasFile reports whether a file below dir ends in suffix.
func hasFile(t *testing.T, dir, suffix string) bool {
	t.Helper()
	found := false
	walk(t, filepath.Join(root, dir), func(path string) {
		found = found || strings.HasSuffix(path, suffix)
	})
	return found
}

// walk calls visit for the files below dir, but for those that the go command ignores too.
func walk(t *testing.T, dir string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			visit(path)
		case path != dir && (entry.Name()[0] == '.' || entry.Name() == "testdata"):
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// goRun runs the go command in dir and fails with all that it said.
func goRun(t *testing.T, dir string, args ...string) {
	t.Helper()
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-5*time.Second))
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(root, dir)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 3 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s in %s: %v\n%s", strings.Join(args, " "), dir, err, out)
	}
	t.Logf("go %s\n%s", strings.Join(args, " "), out)
}
