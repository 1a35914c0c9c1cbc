package pipeline_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/usererror"
)

// monorepo has three applications, of which web needs what api provides, in a git checkout with one commit.
func monorepo(t *testing.T) (root string, git func(args ...string)) {
	t.Helper()
	root = t.TempDir()
	for name, head := range map[string]string{
		"api": "architectures: [x86_64, aarch64]\n", "web": "dependencies: {build: [api], runtime: []}\n",
		"docs": "architectures: [noarch]\n",
	} {
		path := filepath.Join(root, name, "pakman.yml")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("name: "+name+"\n"+head+"build:\n  destinations: [x]\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git = func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", root, "-c", "user.name=a", "-c", "user.email=a@example.org"},
			args...)...)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, text)
		}
	}
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "one")
	return root, git
}

// legs returns "NAME ARCH" of the jobs.
func legs(m matrix.Matrix) []string {
	var all []string
	for _, leg := range m.Include {
		all = append(all, leg.Name+" "+leg.Arch)
	}
	slices.Sort(all)
	return all
}

// The applications that are found are spread over their architectures, or over those that are asked for. Where a commit is
// named, only what has changed since then is built, and what is built with it.
func TestMatrix(t *testing.T) {
	root, git := monorepo(t)
	options := pipeline.MatrixOptions{Runners: matrix.GitHub()}
	options.Dir, options.Getenv = root, getenv
	get := func(change func(*pipeline.MatrixOptions)) []string {
		t.Helper()
		o := options
		change(&o)
		m, err := pipeline.Matrix(t.Context(), o, &silent{})
		if err != nil {
			t.Fatal(err)
		}
		return legs(m)
	}
	arm := get(func(o *pipeline.MatrixOptions) { o.Arches = []string{"aarch64"} })
	if !slices.Contains(arm, "api aarch64") || slices.Contains(arm, "api x86_64") || !slices.Contains(arm, "web aarch64") || len(arm) != 3 {
		t.Errorf("for aarch64 alone: %v", arm)
	}
	one := get(func(o *pipeline.MatrixOptions) { o.Dirs = []string{filepath.Join(root, "api")} })
	if !slices.Equal(one, []string{"api aarch64", "api x86_64"}) {
		t.Errorf("one application: %v", one)
	}
	since := func(o *pipeline.MatrixOptions) { o.Since.Revision, o.Arches = "HEAD~1", []string{"x86_64"} }
	for _, c := range []struct{ dir, want string }{{".", "api x86_64 web x86_64"}, {"docs", "docs"}, {"api", "api x86_64 web x86_64"}} {
		if c.dir == "." { // a file outside of all applications is no change of any
			c.want = ""
		}
		if err := os.WriteFile(filepath.Join(root, c.dir, "new"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", ".")
		git("commit", "-q", "-m", c.dir)
		if got := strings.Join(get(since), " "); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("after a change in %s: %q, want %q", c.dir, got, c.want)
		}
	}
}

// A mistake is an input error. A commit that an event names and a checkout does not hold is none: everything is built.
func TestMatrixRefused(t *testing.T) {
	root, _ := monorepo(t)
	for want, change := range map[string]func(*pipeline.MatrixOptions){
		"there is no ":              func(o *pipeline.MatrixOptions) { o.Dir = t.TempDir() },
		"--changed-since nowhere: ": func(o *pipeline.MatrixOptions) { o.Since.Revision = "nowhere" },
		"changes since HEAD cannot be fou": func(o *pipeline.MatrixOptions) {
			o.Dir, o.Dirs, o.Since.Revision = t.TempDir(), []string{filepath.Join(root, "api")}, "HEAD"
		},
		"no runner for x86_64": func(o *pipeline.MatrixOptions) { o.Runners = matrix.Runners{} },
	} {
		o := pipeline.MatrixOptions{Runners: matrix.GitHub(), Arches: []string{"x86_64"}}
		o.Dir, o.Getenv = root, getenv
		change(&o)
		if _, err := pipeline.Matrix(t.Context(), o, &silent{}); err == nil || !strings.Contains(err.Error(), want) ||
			!errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	o := pipeline.MatrixOptions{Runners: matrix.GitHub(), Arches: []string{"x86_64"},
		Since: pipeline.Since{Revision: strings.Repeat("1", 40), Event: true}}
	o.Dir, o.Getenv = root, getenv
	out := &silent{}
	m, err := pipeline.Matrix(t.Context(), o, out)
	if err != nil || len(m.Include) != 3 || !strings.Contains(out.said.String(), "everything is built") {
		t.Errorf("%v, %v\n%s", m, err, &out.said)
	}
}
