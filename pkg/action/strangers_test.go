package action

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/action/runnertest"
	"github.com/pakman/build/pkg/github/githubtest"
)

// What strangers name directories and files reaches the log as text alone, whichever command prints it.
func TestStrangersNames(t *testing.T) {
	for _, command := range []string{"matrix", "check", "build"} {
		for _, name := range []string{"a##[stop-commands]zzz", "b##[set-output name=arch;x=y]evil", "::add-mask::hello", "##[error]x"} {
			t.Run(command+" "+name, func(t *testing.T) {
				r := newHubRun(t, githubtest.Start(t))
				r.on("schedule", `{}`)
				if err := os.Rename(filepath.Join(r.dir, "pakman.yml"), filepath.Join(t.TempDir(), "x")); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(r.dir, name, "pakman.yml"), "name: hello\nversion: 9.9.9\narchitectures: [noarch]\n"+
					"description: 'x ##[error]y'\nbuild:\n  command: echo '::error::x'; echo '##[error]y'\n  destinations: [site]\n")
				write(t, filepath.Join(r.dir, name, "site", name+".txt"), "x")
				r.vars["INPUT_COMMAND"] = command
				if command != "matrix" {
					r.vars["INPUT_DIRECTORY"] = name
				}
				code, log := action(t, r.dir, r.vars)
				if code != 0 {
					t.Fatalf("exit code %d\n%s", code, log)
				}
				for _, c := range runnertest.Commands(log) {
					if c.Name != "group" && c.Name != "endgroup" && c.Name != "add-mask" && c.Name != "warning" || c.Value == "hello" {
						t.Errorf("the runner obeys %+v\n%s", c, log)
					}
				}
				if command == "matrix" && !strings.Contains(readFile(t, r.vars["GITHUB_OUTPUT"]), `"directory":"`+name+`"`) {
					t.Error("the output lacks the directory's own name")
				}
			})
		}
	}
}

// Each way to the log is taken with each form of a command.
func TestNothingInTheLogIsACommand(t *testing.T) {
	for _, text := range []string{"::error::x", "a\r::error::x", "a\n::error::x", "a##[error]x", "\x1b[1m::error::x", "#\x1b[0m#[error]x",
		"\u00a0::error::x", "##[stop-commands]x"} {
		var out strings.Builder
		c := newTestConsole(&out)
		c.Info("%s", text)
		c.Stage(text)
		c.Show(text, text)
		c.close()
		if _, err := inert(&out).Write([]byte(text + "\n")); err != nil {
			t.Fatal(err)
		}
		for _, c := range runnertest.Commands(out.String()) {
			if c.Name != "group" && c.Name != "endgroup" {
				t.Errorf("%q: the runner obeys %+v", text, c)
			}
		}
	}
}

// The command line in a step of a workflow, too.
func TestCommandLineInWorkflow(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "a##[stop-commands]zzz")
	write(t, filepath.Join(dir, "pakman.yml"), "name: hello\nversion: 1.2.3\narchitectures: [noarch]\n"+
		"build:\n  command: echo '::error::x'; printf 'a\\r##[error]y\\n'\n  destinations: [pakman.yml]\n")
	for _, args := range [][]string{{"build", dir}, {"build", "--json", dir}, {"plan", dir}, {"plan", "--json", dir}, {"check", dir + "/x"}} {
		cmd := exec.CommandContext(t.Context(), file, args...)
		cmd.Dir = t.TempDir()
		cmd.Env = []string{"GITHUB_ACTIONS=true", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
		out, err := cmd.CombinedOutput()
		if all := runnertest.Commands(string(out)); len(all) > 0 || len(out) == 0 {
			t.Errorf("%v: %v: the runner obeys %+v\n%s", args, err, all, out)
		}
	}
}

// hostile are texts of strangers that try to be a command, another output, or another line of the summary.
var hostile = []string{
	"v1::error::x", "v1##[stop-commands]x", "v1%0A::add-mask::hello", "v1\n::add-mask::hello", "v1\r##[error]x", "v1\x1b[31m##[group]x",
	"v1\nnames=evil", "v1\nEOF\nnames=evil", "v1<script>|`x`", strings.Repeat("v1:", 20000),
}

// What strangers choose reaches the program by variables of the runner and by the event. Nothing of it is obeyed, and the outputs
// are what they are without it.
func TestStrangersTextInTheEnvironment(t *testing.T) {
	for _, text := range hostile {
		r := newHubRun(t, githubtest.Start(t))
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		r.on("schedule", `{"action":`+string(quoted)+`,"head_commit":{"message":`+string(quoted)+`},"sender":{"login":`+string(quoted)+
			`},"release":{"name":`+string(quoted)+`}}`)
		for _, name := range []string{"GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_HEAD_REF", "GITHUB_BASE_REF", "GITHUB_ACTOR",
			"GITHUB_TRIGGERING_ACTOR", "GITHUB_WORKFLOW", "GITHUB_JOB", "INPUT_DEPLOYMENT", "INPUT_NO-SUCH"} {
			r.vars[name] = text
		}
		r.vars["RUNNER_DEBUG"], r.vars["INPUT_BUCKET"] = "1", ""
		code, log := action(t, r.dir, r.vars)
		if code != 0 {
			t.Errorf("%.40q: exit code %d\n%.3000s", text, code, log)
			continue
		}
		for _, c := range runnertest.Commands(log) {
			if !slices.Contains([]string{"group", "endgroup", "add-mask", "warning", "error", "debug"}, c.Name) || c.Value == "hello" {
				t.Errorf("%.40q: the runner obeys %+v", text, c)
			}
		}
		outputs := runnertest.Outputs(t, readFile(t, r.vars["GITHUB_OUTPUT"]))
		if code != 0 || outputs["names"] != "hello" {
			t.Errorf("%.40q: exit code %d, %v, names %q\n%.3000s", text, code, err, outputs["names"], log)
		}
		if summary := readFile(t, r.vars["GITHUB_STEP_SUMMARY"]); strings.Contains(summary, "<script>") || len(summary) > 1<<20 {
			t.Errorf("%.40q: %.3000s", text, summary)
		}
	}
}
