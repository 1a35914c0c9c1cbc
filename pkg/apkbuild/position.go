package apkbuild

import (
	"bytes"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// embedded is a command block of the user's in the rendered APKBUILD.
type embedded struct {
	recipe.Script
	function string // of the APKBUILD's that it is, or is called by
	offset   int    // of its text in the APKBUILD
	line     int    // of its first line in the APKBUILD, counted from 1
}

// blocks finds the user's command blocks.
func (d Directory) blocks(r *recipe.Recipe) []embedded {
	var found []embedded
	for _, s := range []struct {
		function string
		heads    []string // how the function begins
		from     *recipe.Script
	}{
		{"prepare", []string{"\n\tdefault_prepare\n"}, r.Prepare},
		{"build", []string{"\nbuild() {\n"}, r.Build},
		{"check", []string{"\ncheck() {\n"}, r.Check},
		{"package", []string{"\n_application() {\n", "\npackage() {\n"}, r.Package},
	} {
		for _, head := range s.heads {
			if len(d) == 0 || s.from == nil {
				continue
			}
			if at := bytes.Index(d[0].Body, []byte(head+s.from.Text)); at >= 0 {
				at += len(head)
				found = append(found, embedded{*s.from, s.function, at, 1 + bytes.Count(d[0].Body[:at], []byte("\n"))})
				break
			}
		}
	}
	return found
}

// Position returns the place in the YAML file of a line of the rendered APKBUILD, counted from 1, as a shell names it in
// an error. It is false for lines that are not the user's.
func (d Directory) Position(r *recipe.Recipe, line int) (config.Pos, bool) {
	for _, b := range d.blocks(r) {
		within := line - b.line + 1
		if within >= 1 && within <= len(scriptLines(b.Script)) {
			return scriptPos(b.Script, within), true
		}
	}
	return config.Pos{}, false
}

func scriptLines(s recipe.Script) []string {
	return strings.Split(strings.TrimSuffix(s.Text, "\n"), "\n")
}

// scriptPos returns the place of a script's line, counted from 1. The position of a block scalar, which is what a script
// of several lines is, is that of its first line.
func scriptPos(s recipe.Script, line int) config.Pos {
	if s.Pos.Line == 0 || !strings.Contains(s.Text, "\n") {
		return s.Pos
	}
	return config.Pos{File: s.Pos.File, Line: s.Pos.Line + line - 1, Column: s.Pos.Column}
}
