package config

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// BeyondPOSIX returns the keys of the build's scripts that need a shell of ash's language, such as `${v//a/b}` or `[[ … ]]`,
// which the sh of some machines is not.
func (f *File) BeyondPOSIX() []string {
	var keys []string
	for _, s := range []struct{ key, text string }{
		{"build.prepare", f.Build.Prepare}, {"build.command", f.Build.Command}, {"check.command", f.Check.Command}, {"package", f.Package},
	} {
		if beyondPOSIX(s.text) {
			keys = append(keys, s.key)
		}
	}
	return keys
}

func beyondPOSIX(text string) bool {
	if _, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), ""); err != nil {
		return true
	}
	script, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return false // no shell's language: a mistake of its own
	}
	beyond := false
	syntax.Walk(script, func(n syntax.Node) bool {
		_, test := n.(*syntax.TestClause)
		beyond = beyond || test
		return !beyond
	})
	return beyond
}
