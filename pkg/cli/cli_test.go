package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/sandbox"
	"github.com/pakman/build/pkg/signing"
)

// The scripts in testdata run the program as its users do, each in an empty home.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pakman": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		self, _ := exec.LookPath(os.Args[0]) // testscript tells commands by their names
		code := Main(ctx, process.Env{
			Args: os.Args[1:], Environ: os.Environ(), Self: self, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
			Version:   "1.2.3-test",
			ConfigDir: filepath.Join(os.Getenv("HOME"), ".config"),
		})
		stop()
		os.Exit(code)
	}})
}

func TestScripts(t *testing.T) {
	temp, open, key := tempDir(), t.TempDir(), signingKey(t)
	for _, dir := range []string{open, filepath.Dir(open)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("TMPDIR", temp)
			e.Setenv("OPEN", open)
			e.Setenv("KEY", key)
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "namespaces":
				return sandbox.Available() == sandbox.Namespaces && sandbox.CanCutNetwork(), nil
			case "netns":
				return sandbox.CanCutNetwork(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// signingKey makes a key that the scripts publish with.
func signingKey(t *testing.T) string {
	t.Helper()
	pair, err := signing.MakeKey(t.TempDir(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	return pair.Private
}

// tempDir is outside testscript's own directories, which are closed to the user that builds run as
// when root starts them.
func tempDir() string { return os.TempDir() }
