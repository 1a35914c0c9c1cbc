package apkbuild

import (
	"bytes"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// Position gives the place in the YAML file of a line of the rendered APKBUILD, counted from 1, as a shell names it in
// an error. It is false for lines that are not the user's.
func (d Directory) Position(r *recipe.Recipe, line int) (config.Pos, bool) {
	if len(d) == 0 || line < 1 {
		return config.Pos{}, false
	}
	for _, s := range []struct {
		heads []string // how the function begins
		from  *recipe.Script
	}{
		{[]string{"\nprepare() {\n\tdefault_prepare\n"}, r.Prepare},
		{[]string{"\nbuild() {\n"}, r.Build},
		{[]string{"\ncheck() {\n"}, r.Check},
		{[]string{"\n_application() {\n", "\npackage() {\n"}, r.Package},
	} {
		if s.from == nil {
			continue
		}
		for _, head := range s.heads {
			before, _, found := bytes.Cut(d[0].Body, []byte(head+s.from.Text))
			first := bytes.Count(before, []byte("\n")) + strings.Count(head, "\n")
			within := line - first
			if found && within >= 1 && within <= len(strings.Split(strings.TrimSuffix(s.from.Text, "\n"), "\n")) {
				return scriptPos(*s.from, within), true
			}
		}
	}
	return config.Pos{}, false
}

// scriptPos gives the place of a script's line, counted from 1. The position of a block scalar, which is what a script
// of several lines is, is that of its first line.
func scriptPos(s recipe.Script, line int) config.Pos {
	if s.Pos.Line == 0 || !strings.Contains(s.Text, "\n") {
		return s.Pos
	}
	return config.Pos{File: s.Pos.File, Line: s.Pos.Line + line - 1, Column: s.Pos.Column}
}
