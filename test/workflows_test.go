package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// step is a step of a workflow or of a composite action.
type step struct {
	Uses string
	With map[string]string
	Run  string
	Env  map[string]string
}

// workflowFile is as much of a workflow as the tests look at.
type workflowFile struct {
	Jobs map[string]struct{ Steps []step }
}

// workflowsInDocuments returns the workflows in the documents, by document and number; pieces that are steps alone are given a job.
func workflowsInDocuments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for i, s := range snippets(t) {
		if s.language != "yaml" || !workflow.MatchString(s.text) {
			continue
		}
		whole := s.text
		if !strings.Contains(whole, "jobs:") {
			whole = "on: push\njobs:\n  job:\n    runs-on: ubuntu-24.04\n    steps:\n" +
				regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(whole, "      $1")
		}
		found[fmt.Sprintf("%s-%d", s.document, i)] = whole
	}
	if len(found) < 5 {
		t.Fatalf("only %d workflows found", len(found))
	}
	return found
}

// output is one of a step that the documents call pakman.
var output = regexp.MustCompile(`steps\.pakman\.outputs\.([\w-]+)`)

// The inputs that the documents give to the action, and the outputs that they take, are ones that it has.
func TestInputsInDocuments(t *testing.T) {
	var action struct{ Inputs, Outputs map[string]any }
	if err := yaml.Unmarshal([]byte(read(t, "action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	for name, text := range workflowsInDocuments(t) {
		var file workflowFile
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, m := range output.FindAllStringSubmatch(text, -1) {
			if _, ok := action.Outputs[m[1]]; !ok {
				t.Errorf("%s: the action has no output %q", name, m[1])
			}
		}
		for _, job := range file.Jobs {
			for _, step := range job.Steps {
				for input := range step.With {
					if _, ok := action.Inputs[input]; !ok && strings.HasPrefix(step.Uses, "pakman/build@") {
						t.Errorf("%s: the action has no input %q", name, input)
					}
				}
			}
		}
	}
}

// actionlint finds nothing in the workflows of the documents.
func TestWorkflowsInDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("needs actionlint, which is not built under -short")
	}
	dir := filepath.Join(t.TempDir(), ".github", "workflows")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"-C", "lint/actionlint", "tool", "actionlint"}
	for name, text := range workflowsInDocuments(t) {
		file := filepath.Join(dir, name+".yml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The composite action for workflows of the original: its actions are pinned as those of our own workflow are, and its
// scripts are clean.
func TestSetupAction(t *testing.T) {
	var action struct {
		Inputs map[string]struct{ Required bool }
		Runs   struct {
			Using string
			Steps []step
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, ".github/setup/action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	if _, ok := action.Inputs["alpine"]; !ok || len(action.Inputs) != 1 || action.Runs.Using != "composite" {
		t.Errorf("%+v", action)
	}
	checkSetupOutputs(t, action.Runs.Steps[0].Run)
	for _, step := range action.Runs.Steps {
		if step.Uses != "" && !regexp.MustCompile(`@[0-9a-f]{40}$`).MatchString(step.Uses) {
			t.Errorf("%s is not pinned", step.Uses)
		}
		if strings.HasPrefix(step.Uses, "actions/") && !strings.Contains(read(t, ".github/workflows/ci.yml"), step.Uses) {
			t.Errorf("%s is another version than that of ci.yml", step.Uses)
		}
		if step.Run == "" {
			continue
		}
		if strings.Contains(step.Run, "${{") {
			t.Errorf("an expression is pasted into a script:\n%s", step.Run)
		}
		tool, args := "shellcheck", []string{"-s", "bash", "-"}
		if _, err := exec.LookPath(tool); err != nil {
			tool, args = "bash", []string{"-n"}
		}
		cmd := exec.CommandContext(t.Context(), tool, args...)
		cmd.Stdin = strings.NewReader(step.Run)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s\n%s", tool, err, out, step.Run)
		}
	}
}

// checkSetupOutputs runs the first script of the composite action: each runner gets an apk that it can run.
func checkSetupOutputs(t *testing.T, script string) {
	t.Helper()
	for machine, arch := range map[string]string{"X64": "x86_64", "ARM64": "aarch64"} {
		home := t.TempDir()
		output := filepath.Join(home, "output")
		cmd := exec.CommandContext(t.Context(), "bash", "-e", "-c", script)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "ALPINE=3.20", "MACHINE=" + machine, "GITHUB_OUTPUT=" + output}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text, err := os.ReadFile(output)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`branch=v3\.20`, "arch=" + arch, `apk=https://\S+/` + arch + `/apk\.static#!sha256![0-9a-f]{64}`} {
			if !regexp.MustCompile(`(?m)^` + want + `$`).Match(text) {
				t.Errorf("%s: no %s in\n%s", machine, want, text)
			}
		}
	}
}
