package native

import (
	"bytes"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/builder"
)

// unsupported are functions of abuild that APKBUILDs call and this builder does not have.
var unsupported = strings.Fields(`update_config_sub update_config_guess default_fetch default_verify default_validate
	uri_fetch uri_fetch_mirror fetch verify checksum snapshot rootbld initdcheck mkusers runpart subpkg_set subpkg_unset
	check_fakeroot do_fakeroot cleanup_srcdir default_cleanup_srcdir`)

// checkCalls finds calls of functions that abuild has and this builder has not, before anything is
// run: by function and line. An APKBUILD that this parser does not read is left to the shell.
func checkCalls(text []byte) error {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), "APKBUILD")
	if err != nil {
		return nil
	}
	var own []string // functions that the APKBUILD brings
	syntax.Walk(file, func(n syntax.Node) bool {
		if f, ok := n.(*syntax.FuncDecl); ok {
			own = append(own, f.Name.Value)
		}
		return true
	})
	var refused error
	for _, s := range file.Stmts {
		where := "outside of functions"
		if f, ok := s.Cmd.(*syntax.FuncDecl); ok {
			where = f.Name.Value + "()"
		}
		syntax.Walk(s, func(n syntax.Node) bool {
			call, ok := n.(*syntax.CallExpr)
			if !ok || len(call.Args) == 0 || refused != nil {
				return true
			}
			name := call.Args[0].Lit()
			if slices.Contains(unsupported, name) && !slices.Contains(own, name) {
				refused = &builder.RefusedError{
					Line: int(call.Pos().Line()),
					What: where + " calls " + name +
						", which abuild has but the native builder does not: remove the call, or use --builder abuild",
				}
			}
			return true
		})
	}
	return refused
}
