package github

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxWorkflow bounds a workflow's file, in bytes; GitHub's bound is lower.
const maxWorkflow = 1 << 20

// allReleaseTypes are the activity types that start a workflow which names none.
var allReleaseTypes = []string{"published", "unpublished", "created", "edited", "deleted", "prereleased", "released"}

// releaseTypes returns the types in `on: release: types:` of the workflow that runs, as far as the checkout holds its
// file. GITHUB_WORKFLOW_REF is OWNER/NAME/.github/workflows/FILE@REF.
func releaseTypes(getenv func(string) string) []string {
	name, _, _ := strings.Cut(getenv("GITHUB_WORKFLOW_REF"), "@")
	name, ok := strings.CutPrefix(name, getenv("GITHUB_REPOSITORY")+"/")
	if !ok || !filepath.IsLocal(name) {
		return nil
	}
	name = filepath.Join(cmp.Or(getenv("GITHUB_WORKSPACE"), "."), name)
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxWorkflow {
		return nil
	}
	text, err := os.ReadFile(name) //#nosec G304 -- the workflow that runs
	if err != nil {
		return nil
	}
	return typesOf(text)
}

// typesOf returns the types in a workflow's text; nil where releases do not start it.
func typesOf(workflow []byte) []string {
	var file struct{ On yaml.Node }
	if yaml.Unmarshal(workflow, &file) != nil {
		return nil
	}
	var events map[string]struct{ Types yaml.Node }
	var list []string
	switch file.On.Kind {
	case yaml.ScalarNode, yaml.SequenceNode:
		list = oneOrMore(file.On)
	case yaml.MappingNode:
		if file.On.Decode(&events) != nil {
			return nil
		}
	default:
		return nil
	}
	if slices.Contains(list, "release") {
		return allReleaseTypes
	}
	on, ok := events["release"]
	switch {
	case !ok:
		return nil
	case on.Types.IsZero() || on.Types.Tag == "!!null":
		return allReleaseTypes
	}
	return oneOrMore(on.Types)
}

// oneOrMore returns the text of a node that is a text or a list of them.
func oneOrMore(n yaml.Node) []string {
	var all []string
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	if n.Decode(&all) != nil {
		return nil
	}
	return all
}
