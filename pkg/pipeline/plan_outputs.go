package pipeline

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// checkOutputs checks that the builder made every package that was planned: for another architecture, or
// for a subpackage that is not for this one, abuild makes none and calls that success.
func checkOutputs(p *Plan, packages []string) error {
	names := []string{p.Recipe.Name}
	for _, s := range p.Recipe.Subpackages {
		names = append(names, s.Name)
	}
	var made, missing []string
	for _, file := range packages {
		made = append(made, filepath.Base(file))
	}
	for _, name := range names {
		file := fmt.Sprintf("%s-%s-r%d.apk", name, p.Recipe.Version, p.Recipe.Release)
		if !slices.Contains(made, file) {
			missing = append(missing, file)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s: the build ended well, but did not make %s; it made %s", p.Config.Path, strings.Join(missing, ", "), orNothing(made))
}

func orNothing(files []string) string {
	if len(files) == 0 {
		return "nothing"
	}
	return strings.Join(files, ", ")
}
