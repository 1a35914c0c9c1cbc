package action

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/action/runnertest"
	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/github/githubtest"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
)

// hubRun is a workspace with an application, whose runs are a workflow's.
type hubRun struct {
	t      *testing.T
	dir    string // the workspace
	server *githubtest.Server
	vars   map[string]string
}

func newHubRun(t *testing.T, server *githubtest.Server) *hubRun {
	t.Helper()
	r := &hubRun{t: t, dir: t.TempDir(), server: server}
	write(t, filepath.Join(r.dir, "pakman.yml"), "name: hello\nversion: 9.9.9\narchitectures: [noarch]\nbuild:\n"+
		"  command: test -z \"$FAIL\" && echo hello >hello.txt\n  destinations: [hello.txt]\n")
	key := anyKey(t)
	files := t.TempDir()
	r.vars = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_RUN_NUMBER": "3", "GITHUB_RUN_ID": "77", "GITHUB_JOB": "package", "PATH": os.Getenv("PATH"),
		"HOME":       t.TempDir(),
		"GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567", "GITHUB_EVENT_PATH": filepath.Join(files, "event.json"),
		"GITHUB_OUTPUT": filepath.Join(files, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(files, "summary"),
		"INPUT_BUILDER": "native", "INPUT_SIGNING-KEY": string(key.PEM()), "INPUT_BUCKET": "./bucket",
		"INPUT_GITHUB-TOKEN": githubtest.Token,
	}
	maps.Copy(r.vars, server.Environment())
	return r
}

// on sets the event.
func (r *hubRun) on(name, payload string) {
	r.vars["GITHUB_EVENT_NAME"] = name
	write(r.t, r.vars["GITHUB_EVENT_PATH"], payload)
}

// onTag is the push of a tag.
func (r *hubRun) onTag(tag string) {
	r.vars["GITHUB_REF_TYPE"], r.vars["GITHUB_REF_NAME"] = "tag", tag
	r.on("push", `{"before":"0000000000000000000000000000000000000000"}`)
}

// start runs the action, and returns its log and its outputs.
func (r *hubRun) start(code int) (log string, outputs map[string]string) {
	r.t.Helper()
	if err := os.RemoveAll(r.vars["GITHUB_OUTPUT"]); err != nil {
		r.t.Fatal(err)
	}
	r.server.Requests() // takes the server's lock, as its handlers do: what they write is not seen half done, before and behind
	got, log := action(r.t, r.dir, r.vars)
	r.server.Requests()
	if got != code {
		r.t.Fatalf("exit code %d, want %d\n%s", got, code, log)
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, githubtest.Token) && !strings.HasPrefix(line, "::add-mask::") {
			r.t.Errorf("the token is shown: %s", line)
		}
	}
	text, err := os.ReadFile(r.vars["GITHUB_OUTPUT"])
	if err != nil && code == 0 {
		r.t.Fatal(err)
	}
	return log, runnertest.Outputs(r.t, string(text))
}

// A tag's version becomes the package's, and what is built assets of its release; a second attempt changes nothing.
func TestRelease(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	r.onTag("v1.2.0-rc.1")
	r.vars["INPUT_RELEASE-ASSETS"], r.vars["INPUT_DEPLOYMENT"] = "true", "production"
	_, outputs := r.start(0)
	release := r.server.Releases()[0]
	if outputs["release-url"] == "" || release.Tag != "v1.2.0-rc.1" || !release.Prerelease || release.Draft || len(release.Assets) != 3 {
		t.Fatalf("%v %+v", outputs, release)
	}
	pkg := release.Asset("hello-1.2.0_rc1-r3.noarch.apk")
	if pkg == nil || release.Asset("acme-hello.rsa.pub") == nil {
		t.Fatalf("%+v", release.Assets)
	}
	checkReleaseSums(t, release, "hello-1.2.0_rc1-r3.noarch.sha256")
	deployments := r.server.Deployments()
	if len(deployments) != 1 || deployments[0].State() != "success" ||
		!strings.Contains(deployments[0].Statuses[1].EnvironmentURL, "bucket") {
		t.Errorf("%+v", deployments)
	}
	log, _ := r.start(0)
	if !strings.Contains(log, "0 assets uploaded, 0 replaced, 3 unchanged") || len(r.server.Deployments()) != 1 {
		t.Errorf("%s", log)
	}

	// the assets of a publish are signed with its key, whichever the packages had
	r.vars["INPUT_COMMAND"] = "publish"
	other, err := apk.GenerateKey("any.rsa")
	if err != nil {
		t.Fatal(err)
	}
	r.vars["INPUT_SIGNING-KEY"], r.vars["INPUT_BUCKET"], r.vars["INPUT_KEY-NAME"] = string(other.PEM()), "./another", "other"
	log, _ = r.start(1)
	if !strings.Contains(log, "it is there with different content") || !strings.Contains(log, "overwrite: true") {
		t.Errorf("%s", log)
	}
	r.vars["INPUT_OVERWRITE"] = "true"
	r.start(0)
	file := filepath.Join(t.TempDir(), "hello.apk")
	write(t, file, string(release.Asset("hello-1.2.0_rc1-r3.noarch.apk").Content))
	key, err := apk.ParsePublicKey("other.rsa.pub", release.Asset("other.rsa.pub").Content)
	if err == nil {
		err = apk.VerifyFile(file, key)
	}
	if err != nil {
		t.Error(err)
	}
	r.vars["INPUT_PUBLISH"], r.vars["INPUT_COMMAND"], r.vars["INPUT_KEY-NAME"] = "false", "build", "third" // assets need no bucket
	if log, _ = r.start(0); !strings.Contains(log, "1 assets uploaded, 2 replaced, 0 unchanged") {
		t.Errorf("%s", log)
	}
}

// checkReleaseSums has sha256sum look at the release's assets.
func checkReleaseSums(t *testing.T, release *githubtest.Release, sums string) {
	t.Helper()
	dir := t.TempDir()
	for _, a := range release.Assets {
		write(t, filepath.Join(dir, a.Name), string(a.Content))
	}
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("sha256sum is not on PATH")
	}
	cmd := exec.CommandContext(t.Context(), tool, "--check", "--strict", sums)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}

// A failing build's deployment fails; what the token may not do is told with the lines that the workflow lacks.
func TestRecordedFailures(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	r.onTag("v1.0.0")
	r.vars["INPUT_DEPLOYMENT"], r.vars["INPUT_BUILD-ENV"] = "production", "FAIL=1"
	r.start(1)
	if d := r.server.Deployments(); len(d) != 1 || d[0].State() != "failure" {
		t.Errorf("%+v", d)
	}
	r.vars["INPUT_DEPLOYMENT"], r.vars["INPUT_BUILD-ENV"], r.vars["INPUT_RELEASE-ASSETS"] = "", "", "draft"
	r.server.Fail(githubtest.Fault{Method: "POST", Path: "/releases", Times: 1, Status: 403,
		Body: `{"message":"Resource not accessible by integration"}`})
	log, outputs := r.start(1)
	if !strings.Contains(log, "::error::release v1.0.0: ") || !strings.Contains(log, "permissions:%0A  contents: write") ||
		outputs["names"] != "hello" {
		t.Errorf("%v\n%s", outputs, log)
	}
	delete(r.vars, "INPUT_GITHUB-TOKEN")
	if log, _ = r.start(1); !strings.Contains(log, "github-token: ${{ github.token }}") {
		t.Errorf("%s", log)
	}
}

// A pull request out of a fork is built and reported, not published, and does not fail; nor one without secrets.
func TestPullRequestPublishesNothing(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	r.vars["INPUT_RELEASE-ASSETS"], r.vars["INPUT_DEPLOYMENT"], r.vars["INPUT_DEPLOY"] = "true", "production", "webhook"
	key := r.vars["INPUT_SIGNING-KEY"]
	for name, tc := range map[string]struct{ event, head, key, want string }{
		"fork": {"pull_request", `{"full_name":"eve/hello"}`, "",
			"this is a pull request from eve/hello: the packages are not published"},
		"fork that is given secrets": {"pull_request_target", `{"full_name":"eve/hello"}`, key, "this is a pull request from eve/hello"},
		"deleted fork":               {"pull_request", `null`, "", "a deleted repository"},
		"bot":                        {"pull_request", `{"full_name":"acme/hello"}`, "", "there is no signing-key"},
	} {
		t.Run(name, func(t *testing.T) {
			r.on(tc.event, `{"pull_request":{"head":{"repo":`+tc.head+`},"base":{"sha":"b","repo":{"full_name":"acme/hello"}}}}`)
			r.vars["INPUT_SIGNING-KEY"], r.vars["INPUT_COMMAND"] = tc.key, "build"
			log, outputs := r.start(0)
			if !strings.Contains(log, tc.want) || outputs["names"] != "hello" {
				t.Errorf("%v\n%s", outputs, log)
			}
			for _, command := range []string{"publish", "deploy"} {
				r.vars["INPUT_COMMAND"] = command
				if got, log := action(t, r.dir, r.vars); got != 0 || !strings.Contains(log, tc.want) {
					t.Errorf("%s: exit code %d\n%s", command, got, log)
				}
			}
		})
	}
	if _, err := os.Stat(filepath.Join(r.dir, "bucket")); err == nil || len(r.server.Requests()) > 0 {
		t.Errorf("published: %v, %v", err, r.server.Requests())
	}
}

// A forge has releases; what it lacks is left out with a line each.
func TestForge(t *testing.T) {
	r := newHubRun(t, githubtest.StartForge(t))
	r.onTag("v1.0.0")
	r.vars["INPUT_RELEASE-ASSETS"], r.vars["INPUT_DEPLOYMENT"] = "true", "production"
	log, _ := r.start(0)
	for _, want := range []string{"Forgejo does not show annotations", "Forgejo has no deployments: the input deployment is ignored"} {
		if strings.Count(log, want) != 1 {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if all := r.server.Releases(); len(all) != 1 || len(all[0].Assets) != 3 {
		t.Errorf("%+v", all)
	}
	write(t, filepath.Join(r.dir, "pakman.yml"), "name: hello\nbiuld: {}\n")
	log, _ = r.start(1)
	if !strings.Contains(log, "\nerror: pakman.yml:2:1: biuld: ") || strings.Contains(log, "::error") {
		t.Errorf("%s", log)
	}
}

// The release's text tells how to install what a bucket on the web holds.
func TestReleaseNotes(t *testing.T) {
	server := githubtest.Start(t)
	env, out := environment(server.Environment())
	in := &reader{getenv: env.Getenv, values: map[string]string{
		"release-assets": "false", "github-token": githubtest.Token, "release-notes": "true", "overwrite": "false",
	}}
	s := &settings{github: in.githubRun()}
	if err := in.err(); err != nil {
		t.Fatal(err)
	}
	s.github.event.Tag = "v1"
	rep := &report.Report{RepositoryURL: "https://packages.example/v3.24/main",
		Packages: []report.Package{{Published: repository.Published{Name: "hello"}}},
		Install:  []string{"one", "apk update && apk add -u hello"}}
	if err := s.release(t.Context(), rep, newConsole(githubactions.New(githubactions.WithWriter(out)), out)); err != nil {
		t.Fatal(err)
	}
	if body := server.Releases()[0].Body; !strings.Contains(body, "```sh\none\napk update && apk add -u hello\n```") {
		t.Error(body)
	}
}

// The jobs for a monorepo; those of a push are for what it changed.
func TestMatrixCommand(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not on PATH")
	}
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), git, append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
		cmd.Dir = r.dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write(t, filepath.Join(r.dir, "api/pakman.yml"), "name: api\narchitectures: [x86_64, aarch64]\nbuild:\n  destinations: [x]\n")
	write(t, filepath.Join(r.dir, "web/pakman.yml"),
		"name: web\narchitectures: [noarch]\ndependencies:\n  runtime: [api]\nbuild:\n  destinations: [x]\n")
	if err := os.Remove(filepath.Join(r.dir, "pakman.yml")); err != nil {
		t.Fatal(err)
	}
	run("init", "-q", "-b", "main")
	run("add", ".")
	run("commit", "-q", "-m", "one")
	before := run("rev-parse", "HEAD")
	write(t, filepath.Join(r.dir, "web/x"), "changed")
	run("add", ".")
	run("commit", "-q", "-m", "two")
	r.vars["INPUT_COMMAND"], r.vars["INPUT_RUNNERS"] = "matrix", "aarch64 = our-arm\n"
	for name, tc := range map[string]struct {
		event, payload, base string
		want                 string // name/arch/runner/wave
	}{
		"first push": {"push", `{"before":"0000000000000000000000000000000000000000"}`, "",
			"api/x86_64/ubuntu-24.04/0 api/aarch64/our-arm/0 web/noarch/ubuntu-24.04/1"},
		"push": {"push", `{"before":"` + before + `"}`, "", "web/noarch/ubuntu-24.04/0"},
		"pull request": {"pull_request", `{"pull_request":{"head":{"repo":null},"base":{"sha":"` + before + `"}}}`, "",
			"web/noarch/ubuntu-24.04/0"},
		"forced push": {"push", `{"before":"1111111111111111111111111111111111111111"}`, "",
			"api/x86_64/ubuntu-24.04/0 api/aarch64/our-arm/0 web/noarch/ubuntu-24.04/1"},
		"asked": {"push", `{"before":"` + before + `"}`, "all",
			"api/x86_64/ubuntu-24.04/0 api/aarch64/our-arm/0 web/noarch/ubuntu-24.04/1"},
		"nothing": {"push", `{"before":"` + before + `"}`, "HEAD", ""},
		"by hand": {"workflow_dispatch", `{"inputs":null}`, "",
			"api/x86_64/ubuntu-24.04/0 api/aarch64/our-arm/0 web/noarch/ubuntu-24.04/1"},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.on(tc.event, tc.payload)
			r.vars["INPUT_BASE"] = tc.base
			log, outputs := r.start(0)
			var got struct {
				Include []struct {
					Name, Arch, Runner string
					Wave               json.Number
				}
			}
			if err := json.Unmarshal([]byte(outputs["matrix"]), &got); err != nil {
				t.Fatal(err)
			}
			var legs []string
			for _, leg := range got.Include {
				legs = append(legs, strings.Join([]string{leg.Name, leg.Arch, leg.Runner, leg.Wave.String()}, "/"))
			}
			if text := strings.Join(legs, " "); text != tc.want ||
				outputs["changed"] != map[bool]string{true: "true", false: "false"}[text != ""] {
				t.Errorf("got %s, changed %s, want %s", text, outputs["changed"], tc.want)
			}
			if name == "forced push" && !strings.Contains(log, "::warning::what changed since 1111") {
				t.Errorf("%s", log)
			}
		})
	}
}

// A runner of another architecture than the one asked for is named.
func TestForeignArch(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	r.on("schedule", `{"schedule":"17 4 * * 1"}`)
	write(t, filepath.Join(r.dir, "pakman.yml"), "name: hello\narchitectures: [x86_64, aarch64, s390x]\nbuild:\n  destinations: [x]\n")
	foreign, label := "aarch64", "runs-on: ubuntu-24.04-arm"
	if apk.HostArch() == foreign {
		foreign, label = "x86_64", "runs-on: ubuntu-24.04`"
	}
	for arch, want := range map[string]string{foreign: label, "s390x": "GitHub has none"} {
		r.vars["INPUT_ARCH"] = arch
		if log, _ := r.start(1); !strings.Contains(log, want) {
			t.Errorf("%s", log)
		}
	}
}

// Annotations become text of which nothing is a command; masks and groups stay.
func TestPlain(t *testing.T) {
	env, out := environment(map[string]string{"GITEA_ACTIONS": "true"})
	gha := githubactions.New(githubactions.WithWriter(plainOnForge(env)))
	gha.WithFieldsMap(map[string]string{"file": "a,b.yml", "line": "1"}).Errorf("a.yml:1:1: 100%%\n::set-output name=x::y\r\n")
	gha.Warningf("careful")
	gha.AddMask("hidden")
	want := "Gitea does not show annotations: mistakes are reported only in this log\nerror: a.yml:1:1: 100%\n" +
		"  | ::set-output name=x::y\n  | \n" +
		"warning: careful\n::add-mask::hidden\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}
