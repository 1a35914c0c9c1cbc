package source_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// starts are the functions that start a program outside of the sandbox, and what they start. git is only started by (*git).run,
// which gives it a configuration of its own, so a new line here must not be about git.
var starts = map[string]string{
	"pkg/source/git.go: run":                 "git, with `alone` and `careful`",
	"pkg/builder/account.go: Reach":          "sh, with test -w",
	"pkg/builder/account.go: become":         "sh, with an empty command",
	"pkg/builder/native/ash.go: HasAsh":      "sh, with a question about the shells",
	"pkg/builder/abuild/session.go: reaches": "sh, with test -w",
	"pkg/builder/abuild/depends.go: run":     "apk, adduser, addgroup",
	"pkg/pipeline/bootstrap.go: trust":       "sudo install",
	"pkg/pipeline/reproduce.go: buildAgain":  "this program",
	"pkg/sandbox/run_linux.go: start":        "this program",
	"pkg/sandbox/sandbox_other.go: run":      "builds, where there is no sandbox",
	"pkg/proc/proc.go: Run":                  "everything else",
	"pkg/root/install.go: install":           "apk.static of Alpine, which its key has verified",
	"pkg/trial/inner.go: try":                "a service, within a trial",
	"pkg/trial/ask.go: command":              "the command that asks a service, within a trial",
	"pkg/sandbox/enter_linux.go: execute":    "builds, in the sandbox",
}

// questions are the commands of git that are used: none of them changes a checkout or runs what its configuration names.
var questions = []string{"config", "ls-files", "status", "diff", "check-attr", "check-ignore", "cat-file", "for-each-ref",
	"rev-parse", "rev-list", "log", "merge-base"}

// Every git is started by one function, with a git directory that was made for it.
func TestEveryGitIsConfined(t *testing.T) {
	found := map[string]bool{}
	for name, file := range sources(t, "../..") {
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			if !ok {
				return true
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if startsProgram(n) {
					found[name+": "+f.Name.Name] = true
				}
				if strings.HasPrefix(name, "pkg/source/") {
					checkQuestion(t, name, f.Name.Name, n)
				}
				return true
			})
			return false
		})
	}
	for where := range found {
		if starts[where] == "" {
			t.Errorf("%s starts a program: git is only started by (*git).run of pkg/source; what else is started is named in this test", where)
		}
	}
	for where := range starts {
		if !found[where] {
			t.Errorf("%s starts nothing any more", where)
		}
	}
}

// sources returns the files of the program, without tests and what only they use, by their path below root.
func sources(t *testing.T, root string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(filepath.Join(root, "pkg"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasSuffix(entry.Name(), "test") {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		return err
	})
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// startsProgram reports whether the node is a call of, or names, one of the functions that start programs.
func startsProgram(n ast.Node) bool {
	if literal, ok := n.(*ast.CompositeLit); ok {
		return isName(literal.Type, "exec", "Cmd")
	}
	for pkg, functions := range map[string][]string{
		"proc": {"Run"}, "exec": {"Command", "CommandContext"}, "os": {"StartProcess"}, "syscall": {"Exec", "ForkExec", "StartProcess"},
		"unix": {"Exec"},
	} {
		for _, function := range functions {
			if e, ok := n.(ast.Expr); ok && isName(e, pkg, function) {
				return true
			}
		}
	}
	return false
}

func isName(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg && s.Sel.Name == name
}

// checkQuestion checks one call of git: it has a git directory, and one of the commands above.
func checkQuestion(t *testing.T, file, function string, n ast.Node) {
	t.Helper()
	switch n := n.(type) {
	case *ast.CompositeLit:
		if name, ok := n.Type.(*ast.Ident); !ok || name.Name != "call" || len(n.Elts) == 0 {
			return
		}
		fields := map[string]ast.Expr{}
		for _, element := range n.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok {
					fields[key.Name] = pair.Value
				}
			}
		}
		if fields["gitDir"] == nil || fields["env"] != nil && function != "findExcludes" {
			t.Errorf("%s: %s asks git without a git directory of its own, or in another environment", file, function)
		}
		if args, ok := fields["args"].(*ast.CompositeLit); ok {
			checkCommand(t, file, args.Elts)
		}
	case *ast.CallExpr:
		s, ok := n.Fun.(*ast.SelectorExpr)
		if ok && slices.Contains([]string{"run", "ask", "records", "call"}, s.Sel.Name) {
			checkCommand(t, file, n.Args)
		}
	}
}

// checkCommand checks the first argument that is a text.
func checkCommand(t *testing.T, file string, args []ast.Expr) {
	t.Helper()
	for _, arg := range args {
		literal, ok := arg.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			continue
		}
		if command, err := strconv.Unquote(literal.Value); err != nil || !slices.Contains(questions, command) {
			t.Errorf("%s: git %s is none of the commands that are known to run nothing", file, literal.Value)
		}
		return
	}
}
