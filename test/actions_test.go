package test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/pakman/build/pkg/apk"
)

// majors are the versions of GitHub's own actions in our texts at least. Older ones need a Node that runners no longer have, or check
// out a fork's code where it gets secrets.
var majors = map[string]int{
	"attest": 4, "cache": 6, "checkout": 7, "download-artifact": 8, "setup-go": 7, "upload-artifact": 7,
}

// guarded is the first version of actions/checkout that refuses the code of forks in privileged workflows and has no fault in that. A
// commit gets no later version's changes, as v7 does.
const guarded = "7.0.1"

// ownWorkflows returns our workflows, those of the examples, the one that `init` writes, and our composite action, by file.
func ownWorkflows(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{
		"examples/*/.github/workflows/*.yml", ".github/workflows/*.yml", ".github/*/action.yml", "templates/init/workflow.tmpl",
	} {
		files, err := filepath.Glob("../" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[strings.TrimPrefix(file, "../")] = string(text)
		}
	}
	return texts
}

// Examples, documents and the workflow that `init` writes use no old version of GitHub's actions. The document about workflows of
// the original shows one as it was.
func TestActionsAreCurrent(t *testing.T) {
	use := regexp.MustCompile(`\bactions/([a-z-]+)(?:/[a-z]+)?@([^\s#]+)(?: # (v\S+))?`)
	texts := workflowsInDocuments(t)
	for name := range texts {
		if strings.HasPrefix(name, "instellar") {
			delete(texts, name)
		}
	}
	maps.Copy(texts, ownWorkflows(t))
	found := 0
	for name, text := range texts {
		for _, m := range use.FindAllStringSubmatch(text, -1) {
			found++
			version := m[2]
			if regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(version) {
				version = m[3]
				if m[1] == "checkout" && apk.Compare(strings.TrimPrefix(version, "v"), guarded) < 0 {
					t.Errorf("%s: %s lacks the guards of v%s", name, m[0], guarded)
				}
			}
			major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
			if n, err := strconv.Atoi(major); err != nil || majors[m[1]] == 0 || n < majors[m[1]] {
				t.Errorf("%s: %s; use one of %v", name, m[0], majors)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d uses found", found)
	}
}

// Dependabot reads every directory with a workflow or an action of ours. "/" stands for .github/workflows.
func TestDependabotWatchesWorkflows(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, ".github/dependabot.yml")), &config); err != nil {
		t.Fatal(err)
	}
	watched := func(dir string) bool {
		for _, update := range config.Updates {
			if update.Ecosystem == "github-actions" && slices.ContainsFunc(update.Directories, func(pattern string) bool {
				ok, err := path.Match(strings.Trim(pattern, "/"), dir)
				return ok && err == nil || pattern == "/" && dir == ".github/workflows"
			}) {
				return true
			}
		}
		return false
	}
	for name := range ownWorkflows(t) {
		if dir := path.Dir(name); dir != "templates/init" && !watched(dir) {
			t.Errorf("nothing watches %s", dir)
		}
	}
}

// A workflow of the documents that is started by more than tags and releases says when to publish, and so does the lone step at the
// beginning of docs/action.md.
func TestWorkflowsInDocumentsGuardTheirPublish(t *testing.T) {
	_, first, _ := strings.Cut(read(t, "docs/action.md"), "```yaml\n")
	first, _, _ = strings.Cut(first, "```")
	if !strings.Contains(first, "publish: ${{ startsWith(github.ref, 'refs/tags/v') }}\n") {
		t.Errorf("the first block of docs/action.md does not say when to publish:\n%s", first)
	}
	for name, text := range workflowsInDocuments(t) {
		var file struct {
			On   yaml.Node
			Jobs map[string]struct{ Steps []step }
		}
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(text, "on: push\n") || onlyReleases(file.On) { // steps alone, or released
			continue
		}
		for _, job := range file.Jobs {
			for _, step := range job.Steps {
				_, publishes := step.With["publish"]
				_, bucket := step.With["bucket"]
				if bucket && !publishes && step.With["dry-run"] == "" {
					t.Errorf("%s: a bucket, and no publish:\n%s", name, text)
				}
			}
		}
	}
}

// onlyReleases reports whether nothing but tags, releases, a clock or a hand starts a workflow.
func onlyReleases(on yaml.Node) bool {
	var events map[string]struct{ Branches, Tags []string }
	if on.Decode(&events) != nil {
		return false
	}
	for name, event := range events {
		if !slices.Contains([]string{"release", "schedule", "workflow_dispatch"}, name) &&
			(name != "push" || len(event.Tags) == 0 || len(event.Branches) > 0) {
			return false
		}
	}
	return true
}
