package pipeline

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// checkOutputs checks that the builder made every package that was planned, and no other: for another architecture, or for a
// subpackage that is not for this one, abuild makes none and calls that success.
func checkOutputs(p *Plan, packages []string) error {
	var want, made, missing []string
	for _, name := range packageNames(p) {
		want = append(want, fmt.Sprintf("%s-%s-r%d.apk", name, p.Recipe.Version, p.Recipe.Release))
	}
	for _, file := range packages {
		name := filepath.Base(file)
		if !slices.Contains(want, name) {
			return fmt.Errorf("%s: the build made %s, which was not planned; planned were %s", p.Config.Path, name,
				strings.Join(want, ", "))
		}
		made = append(made, name)
	}
	for _, file := range want {
		if !slices.Contains(made, file) {
			missing = append(missing, file)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s: the build succeeded, but did not make %s; it made %s", p.Config.Path, strings.Join(missing, ", "),
		orNothing(made))
}

// packageNames returns the names of the packages.
func packageNames(p *Plan) []string {
	names := []string{p.Recipe.Name}
	for _, s := range p.Recipe.Subpackages {
		names = append(names, s.Name)
	}
	if !p.Own && (p.Recipe.Supervisor != "" || len(p.Recipe.Commands) > 0) { // the generated init script
		names = append(names, p.Recipe.Name+"-openrc")
	}
	return names
}

func orNothing(files []string) string {
	if len(files) == 0 {
		return "nothing"
	}
	return strings.Join(files, ", ")
}
