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

// beyondPOSIX reports whether a script is more than a POSIX shell reads; for that, [[ is the name of a program.
func beyondPOSIX(text string) bool {
	script, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if err != nil {
		return true
	}
	beyond := false
	syntax.Walk(script, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		beyond = beyond || ok && len(call.Args) > 0 && call.Args[0].Lit() == "[["
		return !beyond
	})
	return beyond
}
