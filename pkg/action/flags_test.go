package action

import (
	"os/exec"
	"regexp"
	"slices"
	"testing"
)

// How the action says what the command line says by flags of other names, or why it does not.
var otherwise = map[string]string{
	"help": "", "json": "the outputs", "format": "annotations",
	"signing-key-password-file": "signing-key-password", "no-page": "page", "key": "public-key",
	"runner": "runners", "changed-since": "base", "waves": "the output waves",
	"switch-alpine": "the action's container is always brought to the release", "sha": "GITHUB_SHA", "ref": "GITHUB_REF",
	"github-repository": "GITHUB_REPOSITORY", "snapshot": "the version of an untagged push is made from the run's number",
	"mirror": "APK_MIRROR", "alone": "nobody can promise that of a workflow", "anonymous": "for repositories on the web of others",
}

// Whatever a command does by a flag, it does by an input.
func TestFlagsAreInputs(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go, with which the program is made, is not on this machine")
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, command := range [][]string{{"build"}, {"publish"}, {"deploy"}, {"matrix"}, {"check"}, {"repo", "verify"}, {"repo", "prune"}} {
		help, err := exec.Command(file, append(command, "--help")...).Output()
		if err != nil {
			t.Fatalf("%v: %v", command, err)
		}
		flags := regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z0-9-]+)`).FindAllSubmatch(help, -1)
		if len(flags) == 0 {
			t.Errorf("%v has no flags: %s", command, help)
		}
		for _, flag := range flags {
			name := string(flag[1])
			_, known := otherwise[name]
			used[name] = true
			if !known && !slices.ContainsFunc(inputs, func(in Input) bool { return in.Name == name }) {
				t.Errorf("pakman %v --%s has no input", command, name)
			}
		}
	}
	for name := range otherwise {
		if !used[name] {
			t.Errorf("there is no flag --%s", name)
		}
	}
}
