package examples

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/cli"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
)

// found is what `pakman init` says of each example. Empty: it refuses to guess.
var found = map[string]string{
	"astro":            "Astro, static",
	"django":           "Django",
	"flask":            "Flask",
	"go-service":       "Go",
	"html":             "static HTML",
	"laravel":          "Laravel",
	"monorepo/api":     "Go",
	"monorepo/web":     "Node",
	"nextjs":           "Next.js",
	"node-service":     "Node",
	"nuxt":             "Nuxt",
	"phoenix":          "Phoenix",
	"python":           "Python",
	"rails":            "Rails",
	"rust":             "Rust",
	"webhook-receiver": "Go",
	"static-site":      "", // its pages are made by a script of its own
}

// TestInit runs `pakman init` on a copy of each example without its files, and plans what it wrote.
func TestInit(t *testing.T) {
	for _, dir := range directories(t) {
		t.Run(dir, func(t *testing.T) {
			want, known := found[dir]
			if !known {
				t.Fatalf("the table above does not say what %s is", dir)
			}
			app := copyWithoutFile(t, dir)
			code, said := initialize(t, app)
			if want == "" {
				if code != cli.ExitInput || !strings.Contains(said, "pakman.yml is a form to fill in") {
					t.Errorf("exit code %d: %s", code, said)
				}
				return
			}
			if code != cli.ExitOK || !strings.Contains(said, ": "+want+"\n") {
				t.Fatalf("exit code %d, want %s found: %s", code, want, said)
			}
			if _, err := pipeline.NewPlan(t.Context(), pipeline.Input{Dir: app, Getenv: os.Getenv}, newConsole(t)); err != nil {
				t.Errorf("what init wrote cannot be planned: %v", err)
			}
		})
	}
}

// TestInitMonorepo: each part of the whole gets a file of its own.
func TestInitMonorepo(t *testing.T) {
	app := copyWithoutFile(t, "monorepo")
	code, said := initialize(t, app)
	if code != cli.ExitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	for _, part := range []string{"api", "web"} {
		in := pipeline.Input{Dir: filepath.Join(app, part), Getenv: os.Getenv}
		if _, err := pipeline.NewPlan(t.Context(), in, newConsole(t)); err != nil {
			t.Errorf("%s: what init wrote cannot be planned: %v", part, err)
		}
	}
}

func copyWithoutFile(t *testing.T, dir string) string {
	t.Helper()
	app := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(app, os.DirFS(filepath.Join(root, filepath.FromSlash(dir)))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pakman.yml", "api/pakman.yml", "web/pakman.yml", ".github"} {
		if err := os.RemoveAll(filepath.Join(app, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	return app
}

// initialize returns the exit code and what was said to the user.
func initialize(t *testing.T, dir string) (int, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), process.Env{Args: []string{"init", dir}, Stdout: &stdout, Stderr: &stderr, Getenv: os.Getenv})
	return code, stderr.String()
}
