package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/pakman/build/pkg/recipe"
)

const image = "ghcr.io/pakman/build@sha256:"

// releases is a clone with a remote, to which release branches are pushed.
type releases struct {
	t            *testing.T
	clone, files string
}

func newReleases(t *testing.T) *releases {
	t.Helper()
	dir := t.TempDir()
	r := &releases{t: t, clone: filepath.Join(dir, "clone"), files: dir}
	remote := filepath.Join(dir, "remote.git")
	for _, name := range []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"} {
		t.Setenv(name, os.DevNull)
	}
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "tester")
		t.Setenv("GIT_"+who+"_EMAIL", "tester@example.org")
	}
	for _, args := range [][]string{{"init", "--quiet", "--bare", remote}, {"init", "--quiet", r.clone}} {
		if out, err := exec.CommandContext(t.Context(), "git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	r.git("remote", "add", "origin", remote)
	return r
}

func (r *releases) git(args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir = r.clone
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// tag commits this action.yml beside a file that names the tag.
func (r *releases) tag(name, action string) {
	r.t.Helper()
	for file, text := range map[string]string{"action.yml": action, "VERSION": name + "\n"} {
		if err := os.WriteFile(filepath.Join(r.clone, file), []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message", name)
	r.git("tag", name)
}

func (r *releases) release(args ...string) (string, error) {
	script, err := filepath.Abs("../.github/release/branch.sh")
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.CommandContext(r.t.Context(), script, args...)
	cmd.Dir = r.clone
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestReleaseBranch(t *testing.T) {
	r := newReleases(t)
	action := read(t, "action.yml")
	digests := []string{strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)}
	r.tag("v1.0.0", action)
	r.tag("v1.1.0", action)
	r.tag("v1.10.0", action)
	for _, c := range []struct{ tag, digest, says, version, pinned string }{
		{"v1.1.0", digests[0], "v1 is v1.1.0", "v1.1.0", digests[0]},
		{"v1.1.0", digests[1], "v1 stays at v1.1.0", "v1.1.0", digests[0]}, // a second run
		{"v1.10.0", digests[1], "v1 is v1.10.0", "v1.10.0", digests[1]},    // 10 comes after 1
		{"v1.0.0", digests[2], "v1 stays at v1.10.0", "v1.10.0", digests[1]},
	} {
		before := r.git("status", "--porcelain")
		if out, err := r.release(c.tag, image+c.digest); err != nil || !strings.Contains(out, c.says) {
			t.Fatalf("%s: %v\n%s", c.tag, err, out)
		}
		r.git("fetch", "--quiet", "origin")
		if got := r.git("show", "origin/v1:VERSION"); got != c.version {
			t.Errorf("%s: the branch holds %s", c.tag, got)
		}
		want := strings.TrimSpace(strings.Replace(action, "  image: Dockerfile\n", "  image: docker://"+image+c.pinned+"\n", 1))
		if got := r.git("show", "origin/v1:action.yml"); got != want {
			t.Errorf("%s: action.yml is\n%s", c.tag, got)
		}
		if after := r.git("status", "--porcelain"); after != before {
			t.Errorf("the work tree changed:\n%s", after)
		}
	}
	if got := r.git("log", "--first-parent", "--format=%s", "origin/v1"); !strings.HasPrefix(got, "Release v1.10.0\nRelease v1.1.0\n") {
		t.Errorf("history:\n%s", got)
	}
	r.tag("v2.0.0", "runs: {using: docker, image: Dockerfile}\n")
	for _, args := range [][]string{
		{"main", image + digests[0]}, {"v1.0.0", "ghcr.io/pakman/build:latest"}, {"v1.0.0", image + digests[0] + "; id"},
		{"v2.0.0", image + digests[0]},
	} {
		if out, err := r.release(args...); err == nil {
			t.Errorf("%v is taken:\n%s", args, out)
		}
	}
}

var pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)

// The project's own workflows: permissions are named at the top, actions are pinned by their commit with the version
// beside it, and no expression is pasted into a script.
func TestOwnWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text := read(t, strings.TrimPrefix(file, "../"))
		var w struct {
			Permissions map[string]string
			Jobs        map[string]struct{ Steps []step }
		}
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(file, err)
		}
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
			t.Errorf("%s: permissions %v", file, w.Permissions)
		}
		for name, job := range w.Jobs {
			for _, s := range job.Steps {
				if s.Uses != "" && s.Uses != "./" && (!pinned.MatchString(s.Uses) || !strings.Contains(text, s.Uses+" # v")) {
					t.Errorf("%s: %s: %s is not pinned", file, name, s.Uses)
				}
				if strings.Contains(s.Run, "${{") {
					t.Errorf("%s: %s: an expression is pasted into a script:\n%s", file, name, s.Run)
				}
			}
		}
	}
}

// Updates are looked for in every module.
func TestDependencyCheck(t *testing.T) {
	var file struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
			Schedule    struct{ Interval string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, ".github/dependabot.yml")), &file); err != nil {
		t.Fatal(err)
	}
	for _, update := range file.Updates {
		if update.Schedule.Interval != "weekly" {
			t.Errorf("%s: %q", update.Ecosystem, update.Schedule.Interval)
		}
		if update.Ecosystem != "gomod" {
			continue
		}
		for _, module := range append(nestedModules(t), "") {
			if !slices.ContainsFunc(update.Directories, func(pattern string) bool {
				matched, err := filepath.Match(pattern, "/"+filepath.ToSlash(module))
				return matched && err == nil
			}) {
				t.Errorf("the module in %q is not looked at", module)
			}
		}
	}
	if len(file.Updates) != 3 {
		t.Errorf("%d kinds of dependencies", len(file.Updates))
	}
}

// The image is of the release that the program takes for the newest, and starts the program itself.
func TestDockerfile(t *testing.T) {
	text := read(t, "Dockerfile")
	for _, want := range []string{
		"\nARG ALPINE_VERSION=" + recipe.DefaultAlpine + "\n", "\nENTRYPOINT [\"/usr/local/bin/pakman\"]\n", "\nENV PAKMAN_CONTAINER=1\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("Dockerfile has no line %q", want)
		}
	}
}

// The release of the program itself is a draft until it has its files, and is not touched afterwards.
func TestReleasePublishes(t *testing.T) {
	script, err := filepath.Abs("../.github/release/publish.sh")
	if err != nil {
		t.Fatal(err)
	}
	create, upload := "release create v1.2.3 --draft --verify-tag --generate-notes\n", "release upload v1.2.3 --clobber a b\n"
	publish := "api --silent --method PATCH repos/{owner}/{repo}/releases/7 -F draft=false -f make_latest=legacy\n"
	for state, want := range map[string]string{
		"":      create + upload + publish, // no release
		"true":  upload + publish,          // a draft, left by a run that failed
		"false": "",
	} {
		dir := t.TempDir()
		// a gh that answers what it is asked, and writes down what it is told to do
		gh := "#!/bin/sh\ncase \"$*\" in *isDraft*) test -n '" + state + "' && echo '" + state + "' ;; *databaseId*) echo 7 ;;\n" +
			"*) echo \"$*\" >>'" + dir + "/log' ;;\nesac\n"
		if err := os.WriteFile(filepath.Join(dir, "gh"), []byte(gh), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), script, "v1.2.3", "a", "b")
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
		out, err := cmd.CombinedOutput()
		log, _ := os.ReadFile(filepath.Join(dir, "log")) // nothing was done: there is none
		if err != nil || string(log) != want || !strings.Contains(string(out), "v1.2.3 is published") {
			t.Errorf("%q: %v %s\n%s", state, err, out, log)
		}
	}
}
