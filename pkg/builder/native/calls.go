package native

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/config"
)

// calls is what the functions of an APKBUILD call and set, read without running them.
type calls struct {
	programs []string // that are not run when the variables of packages are read
	sets     bool     // package(), or what it calls, sets a variable that a package has for itself
}

// readers are programs that make text of text: a function that sets a variable may need them.
// mkdir makes directories in an empty one.
var readers = strings.Fields(
	`awk basename cat cut date dirname echo env expr false grep head mkdir printf readlink realpath sed seq sort tail test tr true
	uname uniq wc xargs sh`)

// analyse reads the text of an APKBUILD. Of one that this parser does not read nothing is known.
func analyse(text []byte) calls {
	functions := declared(text)
	programs := map[string]bool{}
	called := map[string][]string{} // by function
	setting := map[string]bool{}
	for name, body := range functions {
		syntax.Walk(body, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CallExpr:
				if len(n.Args) > 0 {
					called[name] = append(called[name], n.Args[0].Lit())
				}
			case *syntax.Assign:
				setting[name] = setting[name] || n.Name != nil && slices.Contains(own, n.Name.Value)
			}
			return true
		})
		for _, word := range called[name] {
			if config.IsVariableName(word) {
				programs[word] = true
			}
		}
	}
	provided := declared(driver)
	maps.DeleteFunc(programs, func(name string, _ bool) bool {
		return functions[name] != nil || provided[name] != nil || builtin(name) || slices.Contains(readers, name)
	})
	return calls{programs: slices.Sorted(maps.Keys(programs)), sets: reaches("package", called, setting, map[string]bool{})}
}

// declared returns the functions of a shell script.
func declared(text []byte) map[string]*syntax.Stmt {
	functions := map[string]*syntax.Stmt{}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), "")
	if err != nil {
		return functions
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if f, ok := n.(*syntax.FuncDecl); ok {
			functions[f.Name.Value] = f.Body
		}
		return true
	})
	return functions
}

// builtin reports whether the shell has the command itself.
func builtin(name string) bool {
	return slices.Contains(
		strings.Fields(`alias bg break builtin case cd command continue declare do done elif else esac eval exec exit export fg fi for
		getopts hash if in jobs kill let local printf pwd read readonly return set shift source test then times trap type typeset ulimit
		umask unalias unset until wait while`), name)
}

// reaches reports whether a function, or one that it calls, is in the set.
func reaches(name string, called map[string][]string, set, seen map[string]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	return set[name] || slices.ContainsFunc(called[name], func(next string) bool { return reaches(next, called, set, seen) })
}

// arguments returns the arguments of driver.sh.
func (c calls) arguments() []string {
	run := ""
	if c.sets {
		run = "package"
	}
	return []string{strings.Join(c.programs, " "), run}
}
