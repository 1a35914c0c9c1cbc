package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-githubactions"
	"gopkg.in/yaml.v3"

	"github.com/pakman/build/pkg/action/runnertest"
	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/usererror"
)

var oneKey = sync.OnceValues(func() (*apk.PrivateKey, error) { return apk.GenerateKey("any.rsa") })

// anyKey returns the key of all tests: to make one takes seconds under the race detector.
func anyKey(t *testing.T) *apk.PrivateKey {
	t.Helper()
	key, err := oneKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// action.yml and the code cannot drift apart.
func TestActionFile(t *testing.T) {
	content, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Inputs  map[string]struct{ Description, Default string }
		Outputs map[string]struct{ Description string }
		Runs    struct{ Using, Image string }
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	wantIn, gotIn := map[string][2]string{}, map[string][2]string{}
	for _, in := range inputs {
		wantIn[in.Name] = [2]string{in.Description, in.Default}
	}
	for name, in := range file.Inputs {
		gotIn[name] = [2]string{in.Description, in.Default}
	}
	if diff := cmp.Diff(wantIn, gotIn); diff != "" {
		t.Errorf("inputs (-code +action.yml):\n%s", diff)
	}
	wantOut, gotOut := map[string]string{}, map[string]string{}
	for _, out := range outputs {
		wantOut[out.Name] = out.Description
	}
	for name, out := range file.Outputs {
		gotOut[name] = out.Description
	}
	if diff := cmp.Diff(wantOut, gotOut); diff != "" {
		t.Errorf("outputs (-code +action.yml):\n%s", diff)
	}
	if file.Runs.Using != "docker" || file.Runs.Image != "Dockerfile" {
		t.Errorf("runs: %+v", file.Runs)
	}
	values, err := outputValues(&report.Report{}, "")
	if err != nil || len(values) != len(outputs) {
		t.Errorf("%d output values for %d outputs, %v", len(values), len(outputs), err)
	}
}

// The reference names every input and output with its description.
func TestReference(t *testing.T) {
	doc, err := os.ReadFile("../../docs/action.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs {
		row := fmt.Sprintf("| `%s` | %s | %s |", in.Name, strings.ReplaceAll(in.Description, "|", `\|`), code(in.Default))
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/action.md has no row\n%s", row)
		}
	}
	for _, out := range outputs {
		row := fmt.Sprintf("| `%s` | %s |", out.Name, out.Description)
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/action.md has no row\n%s", row)
		}
	}
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func environment(vars map[string]string) (process.Env, *bytes.Buffer) {
	var out bytes.Buffer
	env := process.Env{Stdout: &out, Getenv: func(k string) string { return vars[k] }}
	for k, v := range vars {
		env.Environ = append(env.Environ, k+"="+v)
	}
	return env, &out
}

func TestSettings(t *testing.T) {
	env, _ := environment(map[string]string{
		"INPUT_BUCKET": "s3://b/p", "INPUT_SIGNING-KEY": "-----BEGIN PRIVATE KEY-----\nabcdef\n-----END PRIVATE KEY-----",
		"INPUT_ARCH": "aarch64", "INPUT_BUILD-ENV": "A=1\n\n# no\nB = two words \nC=\r\n",
		"INPUT_SECRET-ACCESS-KEY": "hunter2hunter2", "GITHUB_RUN_NUMBER": "57", "GITHUB_REPOSITORY": "Acme/My_Blog",
		"GITHUB_TOKEN": "ghs_token",
	})
	s, err := readSettings(t.Context(), githubactions.New(githubactions.WithGetenv(env.Getenv)), env)
	if err != nil {
		t.Fatal(err)
	}
	if s.build.Recipe.Release != 57 || strings.Join(s.build.Key.Names, " ") != "acme-my-blog" || s.build.Output != "packages" ||
		s.command != "build" {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff(map[string]string{"A": "1", "B": " two words ", "C": ""}, s.build.Env); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"aarch64"}, s.build.Recipe.Arches); diff != "" {
		t.Error(diff)
	}
	env, _ = environment(map[string]string{"INPUT_SIGNING-KEY": "-----BEGIN", "INPUT_KEY-NAME": "new,\nold ",
		"INPUT_SIGNING-KEY-PASSWORD": "hunter3", "INPUT_KEEP": "3", "INPUT_KEEP-DAYS": "30"})
	two, err := readSettings(t.Context(), githubactions.New(githubactions.WithGetenv(env.Getenv)), env)
	if err != nil || strings.Join(two.build.Key.Names, " ") != "new old" || two.build.Key.Passwords.Reveal() != "hunter3" ||
		!slices.Contains(two.build.Secrets, "hunter3") {
		t.Errorf("two keys: %+v, %v", two, err)
	}
	if two.build.Bucket.Retention != (repository.Retention{Keep: 3, KeepDays: 30}) {
		t.Errorf("retention: %+v", two.build.Bucket.Retention)
	}
	if text := fmt.Sprintf("%v %+v", s.build.Bucket, s.build.Key); strings.Contains(text, "hunter2") || strings.Contains(text, "abcdef") {
		t.Errorf("a secret is printed: %s", text)
	}
	if diff := cmp.Diff([]string{"abcdef", "hunter2hunter2", "ghs_token"}, maskLines(s.build.Secrets)); diff != "" {
		t.Error(diff)
	}
}

// Only in the action's own container may the machine's Alpine be changed; a step that asks for a release elsewhere does not.
func TestSettingsSwitch(t *testing.T) {
	for container, want := range map[string]bool{"1": true, "": false} {
		env, _ := environment(map[string]string{"INPUT_ALPINE": "3.20", "PAKMAN_CONTAINER": container})
		s, err := readSettings(t.Context(), githubactions.New(githubactions.WithGetenv(env.Getenv)), env)
		if err != nil {
			t.Fatal(err)
		}
		if o := s.build; o.Switch != want || o.Recipe.Alpine != "3.20" {
			t.Errorf("container %q: %v, %q", container, o.Switch, o.Recipe.Alpine)
		}
	}
}

func TestSettingsMistakes(t *testing.T) {
	for name, tc := range map[string]struct {
		vars map[string]string
		want string
	}{
		"release":   {map[string]string{"INPUT_RELEASE": "-1"}, `input release: "-1" is not a non-negative integer`},
		"run":       {map[string]string{"GITHUB_RUN_NUMBER": "x"}, `GITHUB_RUN_NUMBER: "x"`},
		"publish":   {map[string]string{"INPUT_PUBLISH": "yes"}, `input publish: "yes" is neither true nor false`},
		"keep":      {map[string]string{"INPUT_KEEP": "-3"}, `input keep: "-3" is not a non-negative integer`},
		"build-env": {map[string]string{"INPUT_BUILD-ENV": "A=1\n2B=3"}, "input build-env: line 2"},
		"no key":    {map[string]string{"INPUT_BUCKET": "s3://b"}, "input bucket needs signing-key"},
	} {
		t.Run(name, func(t *testing.T) {
			env, _ := environment(tc.vars)
			_, err := readSettings(t.Context(), githubactions.New(githubactions.WithGetenv(env.Getenv)), env)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
	env, _ := environment(map[string]string{"INPUT_BUCKET": "s3://b", "INPUT_PUBLISH": "false"})
	if s, err := readSettings(t.Context(), githubactions.New(githubactions.WithGetenv(env.Getenv)), env); err != nil ||
		s.build.Bucket.URL != "" {
		t.Errorf("publish: false still has bucket %q, %v", s.build.Bucket.URL, err)
	}
}

// Commands that a build prints reach the runner only as text.
func TestConsoleFencesBuildOutput(t *testing.T) {
	var out bytes.Buffer
	c := newConsole(githubactions.New(githubactions.WithWriter(&out)), &out)
	c.Show("APKBUILD", "::add-mask::a")
	c.Stage("build")
	output := c.Output() // a builder keeps it over several stages
	fmt.Fprint(output, "::set-output name=x::y\nno newline")
	c.Stage("package")
	fmt.Fprint(output, "::error::z\n")
	c.Info("two\nlines %d", 1)
	c.Warn(config.Fault{Pos: config.Pos{File: "./pakman.yml", Line: 3, Column: 5}, Key: "name", Message: "m", Warning: true})
	c.close()
	var token string
	open := false
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "::stop-commands::"):
			if open {
				t.Errorf("fence in a fence: %s", out.String())
			}
			token, open = strings.TrimPrefix(line, "::stop-commands::"), true
		case open && line == "::"+token+"::":
			open = false
		case !open && (strings.Contains(line, "set-output") || strings.Contains(line, "::error") || strings.Contains(line, "add-mask")):
			t.Errorf("outside the fence: %s", line)
		}
	}
	if open || token == "" {
		t.Errorf("open fence or none:\n%s", out.String())
	}
	for _, want := range []string{"::group::build\n", "two lines 1\n", "::warning col=5,file=pakman.yml,line=3::"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), "::group::") != strings.Count(out.String(), "::endgroup::") {
		t.Errorf("groups do not close:\n%s", out.String())
	}
}

func TestAnnotate(t *testing.T) {
	var many config.Faults
	for i := range 14 {
		many = append(many, config.Fault{Pos: config.Pos{File: "pakman.yml", Line: i + 1, Column: 1}, Key: "k",
			Message: fmt.Sprintf("fault %d", i)})
	}
	many = append(many, config.Fault{Message: "only a warning", Warning: true})
	for name, tc := range map[string]struct {
		err   error
		lines int
		want  string
	}{
		"faults": {fmt.Errorf("wrapped: %w", &usererror.InputError{Err: many}), 10, "5 more mistakes"},
		"build": {&usererror.BuildError{Pos: config.Pos{File: "pakman.yml", Line: 7, Column: 3}, Key: "build.command",
			Err: &builder.CommandError{Function: "build", ExitCode: 7, Tail: []string{"make: boom"}}}, 1,
			"::error col=3,file=pakman.yml,line=7::"},
		"several": {usererror.Failures{{Name: "a", Err: &usererror.InputError{Err: many[:8]}},
			{Name: "b", Err: &usererror.InputError{Err: many[8:]}}}, 10, "5 more mistakes"},
		"long": {errors.New(strings.Repeat("ä", 5000) + "end"), 1, "end"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			annotate(githubactions.New(githubactions.WithWriter(&out)), tc.err)
			if got := strings.Count(out.String(), "::error"); got != tc.lines {
				t.Errorf("%d annotations, want %d:\n%s", got, tc.lines, out.String())
			}
			if !strings.Contains(out.String(), tc.want) || strings.Contains(out.String(), "only a warning") {
				t.Errorf("no %q in %s", tc.want, out.String())
			}
			for line := range strings.Lines(out.String()) {
				if len(line) > 4096+100 {
					t.Errorf("annotation of %d characters", len(line))
				}
			}
		})
	}
}

func TestOutputsCannotBeForged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	env, _ := environment(map[string]string{"GITHUB_OUTPUT": file})
	rep := &report.Report{Arch: "x86_64\nEOF\nkey-name<<EOF\nevil", KeyName: "good",
		Packages: []report.Package{{Published: repository.Published{Name: "a", Size: 3}}}}
	if err := writeOutputs(env, rep, ""); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := runnertest.Outputs(t, string(content))
	if got["key-name"] != "good" || got["arch"] != rep.Arch || got["sizes"] != `{"a":3}` || got["total-size"] != "3" ||
		got["names"] != "a" {
		t.Errorf("%v", got)
	}
	env, _ = environment(map[string]string{"GITHUB_OUTPUT": filepath.Join(file, "not-a-directory")})
	if err := writeOutputs(env, rep, ""); err == nil {
		t.Error("an output file that cannot be written is no error")
	}
}

func TestMainFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	summary := filepath.Join(t.TempDir(), "summary")
	env, out := environment(map[string]string{"GITHUB_STEP_SUMMARY": summary, "INPUT_SIGNINGKEY": "x", "INPUT_CONFIG": ""})
	if code := Main(context.Background(), env); code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"::error::", "pakman.yml", "instellar.yml",
		"::warning::unknown input \"signingkey\"; did you mean signing-key?"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	content, _ := os.ReadFile(summary)
	if !strings.Contains(string(content), "instellar.yml") {
		t.Errorf("summary: %s", content)
	}
	env, out = environment(map[string]string{"INPUT_COMMAND": "deplyo"})
	if code := Main(context.Background(), env); code != 1 || !strings.Contains(out.String(), `"deplyo" is not one of build, publish`) ||
		!strings.Contains(out.String(), "did you mean deploy?") {
		t.Errorf("%d %s", code, out.String())
	}
	for _, old := range []string{"bootstrap", "create_deployment", "push"} {
		env, out = environment(map[string]string{"INPUT_COMMAND": old})
		if code := Main(context.Background(), env); code != 1 || !strings.Contains(out.String(), "see docs/instellar.md") {
			t.Errorf("%s: %d %s", old, code, out.String())
		}
	}
}

// Of more warnings than GitHub shows, the last annotation tells.
func TestManyWarnings(t *testing.T) {
	for n, want := range map[int]string{9: "::warning col=1,file=f,line=9::f:9:1: w9\n",
		10: "::warning col=1,file=f,line=10::f:10:1: w10\n", 12: "3 more warnings, from here on:%0Af:10:1: w10%0A"} {
		var out bytes.Buffer
		c := newConsole(githubactions.New(githubactions.WithWriter(&out)), &out)
		for i := range n {
			c.Warn(config.Fault{Pos: config.Pos{File: "f", Line: i + 1, Column: 1}, Message: fmt.Sprintf("w%d", i+1), Warning: true})
		}
		c.close()
		if got := strings.Count(out.String(), "::warning"); got != min(n, 10) || !strings.Contains(out.String(), want) {
			t.Errorf("%d warnings: %d annotations, no %q in\n%s", n, got, want, out.String())
		}
	}
}

// A file of the runner's that is not there, is a directory, or is full is an error in words.
func TestFileCommandsThatFail(t *testing.T) {
	for _, name := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none", "file"), "/dev/full"} {
		for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
			env, out := environment(map[string]string{variable: name})
			gha := githubactions.New(githubactions.WithWriter(out), githubactions.WithGetenv(env.Getenv))
			rep := &report.Report{Packages: []report.Package{{Published: repository.Published{Name: "a"}}}}
			code := finish(env, gha, &settings{build: pipeline.BuildOptions{Output: "/nowhere"}}, rep, nil)
			if code != 1 || !strings.Contains(out.String(), "::error::"+variable+": ") {
				t.Errorf("%s=%s: exit code %d, %s", variable, name, code, out)
			}
		}
	}
}

func newTestConsole(w io.Writer) *console {
	return newConsole(githubactions.New(githubactions.WithWriter(w)), w)
}
