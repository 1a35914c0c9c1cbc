package action

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/action/runnertest"
	"github.com/pakman/build/pkg/github/githubtest"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// programDir holds what program made; TestMain removes it.
var programDir string

// program is the whole program, built as the action's image has it.
var program = sync.OnceValues(func() (file string, err error) {
	if programDir, err = os.MkdirTemp("", "pakman-program-"); err != nil {
		return "", err
	}
	file = filepath.Join(programDir, "pakman")
	cmd := exec.Command("go", "build", "-o", file, "../..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, os.Chmod(programDir, 0o755)
})

// newRunner has a checkout of an application, which belongs to the runner's user.
func newRunner(t *testing.T, build string) *runnertest.Runner {
	t.Helper()
	for _, tool := range []string{"go", "git"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s, with which the program and its checkout are made, is not on this machine", tool)
		}
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := runnertest.New(t, file, "../../action.yml")
	write(t, filepath.Join(r.Workspace, "pakman.yml"), "name: hello\nbuild:\n  command: |\n"+build+
		"  destinations: [site]\narchitectures: [noarch]\n")
	write(t, filepath.Join(r.Workspace, "site/index.html"), "hello\n")
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "."}, {"commit", "-q", "-m", "first"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = r.Workspace
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a",
			"GIT_COMMITTER_EMAIL=a@b")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	r.Own(t)
	return r
}

const talkative = `    echo "::set-output name=arch::evil"
    echo "::error::not ours"
    env
    cat site/index.html
`

// Every event that starts a workflow builds, and all but pull requests publish.
func TestEvents(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "")
	key := anyKey(t)
	for name, event := range runnertest.Events() {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t, talkative)
			ca, err := os.ReadFile(server.CAFile)
			if err = errors.Join(err, os.WriteFile(filepath.Join(r.Temp, "ca.pem"), ca, 0o644)); err != nil {
				t.Fatal(err)
			}
			step := runnertest.Step{Event: event, Env: map[string]string{"SSL_CERT_FILE": r.Path("runner_temp", "ca.pem")},
				With: map[string]string{
					"builder": "native", "bucket": "s3://" + bucket + "/" + strings.ReplaceAll(name, " ", "-"), "endpoint": server.Endpoint,
					"region": "us-east-1", "bukcet": "x",
					"signing-key": string(key.PEM()), "access-key-id": server.AccessKey, "secret-access-key": server.SecretKey,
				}}
			if name == "fork" { // which gets no secrets
				step.With["signing-key"], step.With["access-key-id"], step.With["secret-access-key"] = "", "", ""
			}
			before := r.Snapshot(t)
			result := r.Run(t, step)
			if result.ExitCode != 0 {
				t.Fatalf("exit code %d\n%s", result.ExitCode, result.Log)
			}
			checkChanges(t, before, r.Snapshot(t), "SHA256SUMS", "x86_64/APKINDEX.tar.gz", ".apk", ".rsa.pub")
			checkToldEvent(t, server, result, event, name != "fork" && name != "pull request")
			if name == "tag" {
				checkNextVersion(t, r, step)
			}
		})
	}
}

// checkToldEvent reads back what the step told the runner.
func checkToldEvent(t *testing.T, server *s3test.Server, result *runnertest.Result, event runnertest.Event, published bool) {
	t.Helper()
	version := "0.0.0-r12"
	if event.RefType == "tag" {
		version = "1.2.3-r12"
	}
	var packages []struct{ Name, Version, File, URL string }
	if err := json.Unmarshal([]byte(result.Outputs["packages"]), &packages); err != nil || len(packages) == 0 {
		t.Fatalf("packages: %v %s", err, result.Outputs["packages"])
	}
	if p := packages[0]; p.Name != "hello" || p.Version != version || !filepath.IsLocal(p.File) ||
		strings.HasPrefix(p.URL, server.Endpoint) != published {
		t.Errorf("packages: %+v", packages)
	}
	if got := result.Outputs["repository-url"]; strings.HasPrefix(got, server.Endpoint) != published {
		t.Errorf("repository-url %s", got)
	}
	if !strings.Contains(result.Summary, "| hello | "+version+" |") || strings.Contains(result.Summary, "failed") {
		t.Errorf("summary: %s", result.Summary)
	}
	if len(result.Annotations) != 1 || result.Annotations[0].Level != "warning" ||
		!strings.Contains(result.Annotations[0].Message, "did you mean bucket?") {
		t.Errorf("annotations: %v", result.Annotations)
	}
	if published && !slices.Contains(result.Masks, server.SecretKey) {
		t.Errorf("masks: %v", result.Masks)
	}
	for line := range strings.Lines(result.Log) {
		if !strings.HasPrefix(line, "::add-mask::") && strings.Contains(line, server.SecretKey) || strings.HasPrefix(line, "INPUT_") ||
			strings.HasPrefix(line, "GITHUB_") ||
			strings.Contains(line, runnertest.RuntimeToken) && !strings.HasPrefix(line, "::add-mask::") {
			t.Errorf("it shows %s", line)
		}
	}
}

// checkNextVersion publishes the version of the next tag, whose summary compares it.
func checkNextVersion(t *testing.T, r *runnertest.Runner, step runnertest.Step) {
	t.Helper()
	step.Event.Ref = strings.ReplaceAll(step.Event.Ref, "1.2.3", "1.2.4")
	step.Event.Payload = strings.ReplaceAll(step.Event.Payload, "1.2.3", "1.2.4")
	result := r.Run(t, step)
	if result.ExitCode != 0 || !strings.Contains(result.Summary, "since 1.2.3-r12") || result.Outputs["changed"] != "true" {
		t.Errorf("exit code %d, changed %s\n%s\n%s", result.ExitCode, result.Outputs["changed"], result.Summary, result.Log)
	}
}

// checkChanges sees that all that was there is as it was, and all that is new lies in packages/ and belongs to whom the
// workspace does; the files of those endings are among it.
func checkChanges(t *testing.T, before, after map[string]string, endings ...string) {
	t.Helper()
	for path, was := range before {
		if after[path] != was {
			t.Errorf("%s was %s and is %s", path, was, after[path])
		}
	}
	owner := fmt.Sprintf(" %d:%d ", runnertest.Owner, runnertest.Owner)
	if os.Geteuid() != 0 {
		owner = fmt.Sprintf(" %d:%d ", os.Geteuid(), os.Getegid())
	}
	seen := map[string]bool{}
	for path, is := range after {
		if before[path] != "" {
			continue
		}
		if path != "workspace/packages" && !strings.HasPrefix(path, "workspace/packages/") || !strings.Contains(is, owner) {
			t.Errorf("%s is new: %s", path, is)
		}
		for _, ending := range endings {
			seen[ending] = seen[ending] || strings.HasSuffix(path, ending)
		}
	}
	for _, ending := range endings {
		if !seen[ending] {
			t.Errorf("there is no file …%s", ending)
		}
	}
}

// Whatever ends a build, the workspace is as it was, and the log says where and why.
func TestEnds(t *testing.T) {
	push := runnertest.Events()["push"]
	for name, tc := range map[string]struct {
		build, cancel string
		with          map[string]string
		line          string
		want          string // in the annotation, and in the summary's beginning; a line for each annotation
	}{
		"command": {"    echo first\n    if true; then\n      echo boom; sh -c 'exit 3'\n    fi\n", "", nil, "6",
			"build.command: build failed with exit code 3, at: echo boom; sh -c 'exit 3'"},
		"not there": {"    nosuchcommand --x\n", "", nil, "", "the command nosuchcommand"},
		"cancelled": {"    echo started\n    sleep 1000\n", "\nstarted", nil, "", "cancelled; nothing was published"},
		"mistake": {"    true\n", "", map[string]string{"keep": "few", "force": "yes"}, "",
			"input keep: \"few\" is not a non-negative integer\ninput force: \"yes\" is neither true nor false"},
		"no file": {"    true\n", "", map[string]string{"config": "other.yml"}, "", "other.yml"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t, tc.build)
			before := r.Snapshot(t)
			with := map[string]string{"builder": "native"}
			maps.Copy(with, tc.with)
			result := r.Run(t, runnertest.Step{Event: push, With: with, Cancel: tc.cancel})
			if result.ExitCode != 1 || len(result.Outputs) != 0 {
				t.Errorf("exit code %d, outputs %v\n%s", result.ExitCode, result.Outputs, result.Log)
			}
			checkChanges(t, before, r.Snapshot(t))
			wants := strings.Split(tc.want, "\n")
			if len(result.Annotations) != len(wants) {
				t.Fatalf("annotations: %v\n%s", result.Annotations, result.Log)
			}
			for i, want := range wants {
				if got := result.Annotations[i]; got.Level != "error" || !strings.Contains(got.Message, want) {
					t.Fatalf("annotation %v, want %s\n%s", got, want, result.Log)
				}
				if !strings.Contains(result.Summary, strings.Split(want, "; sh")[0]) {
					t.Errorf("summary: %s", result.Summary)
				}
			}
			if got := result.Annotations[0].Properties; tc.line != "" && (got["line"] != tc.line || got["file"] != "pakman.yml") {
				t.Errorf("the annotation is at %v", got)
			}
			if !strings.HasPrefix(result.Summary, "### PAKman failed\n\n    ") {
				t.Errorf("summary: %s", result.Summary)
			}
		})
	}
}

// A release's assets, with GitHub's API answering beside the store.
func TestReleaseInContainer(t *testing.T) {
	hub := githubtest.Start(t)
	key := anyKey(t)
	r := newRunner(t, "    true\n")
	before := r.Snapshot(t)
	result := r.Run(t, runnertest.Step{Event: runnertest.Events()["release"], Env: hub.Environment(), With: map[string]string{
		"builder": "native", "signing-key": string(key.PEM()), "release-assets": "true", "github-token": githubtest.Token,
	}})
	if result.ExitCode != 0 || len(result.Annotations) != 0 || !slices.Contains(result.Masks, githubtest.Token) {
		t.Fatalf("exit code %d, annotations %v\n%s", result.ExitCode, result.Annotations, result.Log)
	}
	checkChanges(t, before, r.Snapshot(t))
	releases := hub.Releases()
	if len(releases) != 1 || releases[0].Tag != "v1.2.3" || releases[0].Asset("hello-1.2.3-r12.noarch.apk") == nil ||
		result.Outputs["release-url"] == "" {
		t.Errorf("releases %+v, outputs %v", releases, result.Outputs)
	}
}

// Directories above the output are the workspace's owner's too.
func TestGivenBack(t *testing.T) {
	r := newRunner(t, "    true\n")
	result := r.Run(t, runnertest.Step{Event: runnertest.Events()["push"],
		With: map[string]string{"builder": "native", "output": "out/of/here", "cache-dir": "kept/cache"}})
	if result.ExitCode != 0 || result.Outputs["checksums"] != "out/of/here/SHA256SUMS" {
		t.Fatalf("exit code %d, %v\n%s", result.ExitCode, result.Outputs, result.Log)
	}
	for path, is := range r.Snapshot(t) {
		if strings.HasPrefix(path, "workspace") && os.Geteuid() == 0 && !strings.Contains(is,
			fmt.Sprintf(" %d:%d ", runnertest.Owner, runnertest.Owner)) {
			t.Errorf("%s: %s", path, is)
		}
	}
}
