// Package examples tests the files of the examples.
package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/pakman/build/pkg/config"
)

// TestConfigurations loads every example: a warning would teach readers an outdated form.
func TestConfigurations(t *testing.T) {
	for _, path := range glob(t, "*/pakman.yml") {
		file, warnings, err := config.Load(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if len(warnings) > 0 {
			t.Errorf("%s: %v", path, warnings)
		}
		// rust is rust-service: Alpine has its own package named rust
		if dir := filepath.Dir(path); file.Name != dir && file.Name != dir+"-service" {
			t.Errorf("%s: the package is named %q, its directory %q", path, file.Name, dir)
		}
	}
}

// TestWorkflows compares the workflows with action.yml. actionlint cannot: it does not know the
// inputs of an action in another repository.
func TestWorkflows(t *testing.T) {
	var action struct{ Inputs, Outputs map[string]any }
	readYAML(t, "../action.yml", &action)
	output := regexp.MustCompile(`steps\.pakman\.outputs\.([\w-]+)`)

	for _, path := range glob(t, "*/.github/workflows/*.yml") {
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Steps []struct {
					Uses string
					With map[string]string
				}
			}
		}
		text := readYAML(t, path, &workflow)
		if len(workflow.Permissions) == 0 {
			t.Errorf("%s: no permissions at the top level", path)
		}
		used := false
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				if !strings.HasPrefix(step.Uses, "pakman/build@") {
					continue
				}
				used = true
				for name := range step.With {
					if _, ok := action.Inputs[name]; !ok {
						t.Errorf("%s: action.yml has no input %q", path, name)
					}
				}
			}
		}
		if !used {
			t.Errorf("%s does not use the action", path)
		}
		for _, match := range output.FindAllStringSubmatch(text, -1) {
			if _, ok := action.Outputs[match[1]]; !ok {
				t.Errorf("%s: action.yml has no output %q", path, match[1])
			}
		}
	}
}

// TestNodeService runs the tests of the example.
func TestNodeService(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on PATH")
	}
	cmd := exec.CommandContext(t.Context(), node, "--test")
	cmd.Dir = "node-service"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("node --test: %v\n%s", err, out)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 3 {
		t.Fatalf("%s matches %d files", pattern, len(paths))
	}
	return paths
}

func readYAML(t *testing.T, path string, into any) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return string(text)
}
