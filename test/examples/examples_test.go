// Package examples treats every directory below examples/ as its reader would: it is checked,
// planned and rendered, written anew by `pakman init`, and built, installed into a directory and
// asked for its pages where the toolchain is on this machine.
package examples

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
)

const root = "../../examples"

// directories returns every example, relative to root; a monorepo is as many as it has packages.
func directories(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"*/pakman.yml", "*/*/pakman.yml"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			dir, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, filepath.ToSlash(dir))
		}
	}
	if len(found) < 16 {
		t.Fatalf("only %v below %s", found, root)
	}
	return found
}

// console keeps what a run says, for the log of a test that fails. Warnings fail it: an example
// must not teach an outdated form.
type console struct {
	t    *testing.T
	lock sync.Mutex
	said bytes.Buffer
}

// newConsole returns a console whose text is logged when the test has failed.
func newConsole(t *testing.T) *console {
	t.Helper()
	c := &console{t: t}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.said.String())
		}
	})
	return c
}

func (c *console) Write(text []byte) (int, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.said.Write(text)
}

func (c *console) Stage(title string)              { fmt.Fprintf(c, "==> %s\n", title) }
func (c *console) Info(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }
func (c *console) Warn(fault config.Fault)         { c.t.Errorf("warning: %s", fault) }
func (c *console) Show(string, string)             {}
func (c *console) Output() io.Writer               { return c }

func input(dir string) pipeline.Input {
	return pipeline.Input{Dir: filepath.Join(root, filepath.FromSlash(dir)), Getenv: os.Getenv}
}

// TestRendered checks and plans every example, and shows the generated scripts to the tools that
// know shell.
func TestRendered(t *testing.T) {
	for _, dir := range directories(t) {
		t.Run(dir, func(t *testing.T) {
			faults, err := pipeline.Check(t.Context(), input(dir))
			if err != nil || len(faults) > 0 {
				t.Fatalf("check: %v %v", err, faults)
			}
			plan, err := pipeline.NewPlan(t.Context(), input(dir), newConsole(t))
			if err != nil {
				t.Fatal(err)
			}
			rendered := t.TempDir()
			if err := plan.Directory.Write(rendered); err != nil {
				t.Fatal(err)
			}
			var files []string
			for _, file := range plan.Directory {
				if filepath.Ext(file.Name) != ".nginx" { // all others are for a shell
					files = append(files, filepath.Join(rendered, file.Name))
				}
			}
			checkShell(t, files)
		})
	}
}

func checkShell(t *testing.T, files []string) {
	t.Helper()
	for _, file := range files {
		if out, err := exec.CommandContext(t.Context(), "sh", "-n", file).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("sh -n %s: %v\n%s", filepath.Base(file), err, out)
		}
	}
	tool, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed: sh -n alone has seen the scripts")
	}
	// Variables that others set or read (2034, 2154), files that are elsewhere (1091) or without #! (2148), text for
	// another shell (2016), words that hold no spaces or are meant to be split (2086, 2046).
	args := []string{"-s", "dash", "-e", "SC2034,SC2154,SC1091,SC2148,SC2016,SC2086,SC2046"}
	if out, err := exec.CommandContext(t.Context(), tool, append(args, files...)...).CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
}

// TestNothingBuiltIsKept sees that neither dependencies nor build output lie in the repository.
func TestNothingBuiltIsKept(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	cmd := exec.CommandContext(t.Context(), git, "ls-files", ".")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	for file := range strings.Lines(string(out)) {
		for name := range strings.SplitSeq(strings.TrimSpace(file), "/") {
			switch name {
			case "node_modules", "packages", ".next", ".nuxt", ".output", ".astro", "dist", "target", "_build", "deps", "vendor",
				"__pycache__":
				t.Errorf("%s is in the repository", strings.TrimSpace(file))
			}
		}
	}
}
