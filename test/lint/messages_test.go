// Package lint checks what no linter checks.
package lint

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// Lists reach people as words with commas between them, never as Go writes slices ([a b], ["a" "b"]) and maps.
func TestNoSlicesInMessages(t *testing.T) {
	all, err := packages.Load(&packages.Config{
		Dir: "../..", Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo |
			packages.NeedImports | packages.NeedDeps,
	}, "./pkg/...")
	if err != nil || len(all) < 20 {
		t.Fatalf("%d packages, %v", len(all), err)
	}
	calls := 0
	for _, p := range all {
		if len(p.Errors) > 0 {
			t.Fatal(p.Errors)
		}
		if strings.HasSuffix(p.Name, "test") {
			continue
		}
		for _, file := range p.Syntax {
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					calls += check(t, p, call)
				}
				return true
			})
		}
	}
	if calls < 500 {
		t.Errorf("only %d calls with a format were found", calls)
	}
}

// check looks at the arguments behind a format, and returns 1 if the call has one.
func check(t *testing.T, p *packages.Package, call *ast.CallExpr) int {
	t.Helper()
	for i, argument := range call.Args {
		value := p.TypesInfo.Types[argument].Value
		if value == nil || value.Kind() != constant.String || !strings.Contains(constant.StringVal(value), "%") {
			continue
		}
		for _, formatted := range call.Args[i+1:] {
			if isList(p.TypesInfo.Types[formatted].Type) {
				t.Errorf("%s: a list in %s", p.Fset.Position(formatted.Pos()), value)
			}
		}
		return 1
	}
	return 0
}

// isList reports whether fmt writes brackets around the value. Bytes are text.
func isList(of types.Type) bool {
	if of == nil || types.NewMethodSet(of).Lookup(nil, "Error") != nil || types.NewMethodSet(of).Lookup(nil, "String") != nil {
		return false
	}
	var element types.Type
	switch list := of.Underlying().(type) {
	case *types.Slice:
		element = list.Elem()
	case *types.Array:
		element = list.Elem()
	case *types.Map:
		return true
	default:
		return false
	}
	basic, ok := element.Underlying().(*types.Basic)
	return !ok || basic.Kind() != types.Byte
}
