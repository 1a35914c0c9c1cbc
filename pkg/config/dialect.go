package config

import (
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Alpine's shell is busybox ash: POSIX and a part of what Bash adds. No parser knows exactly that dialect, so scripts are
// parsed as Bash, and what ash does not know is looked for in the tree.

const (
	dialectHint = "Write it in POSIX shell, or move it to a script of the application that begins with #!/bin/bash, and depend on bash"
	shellName   = "Alpine's shell (busybox ash)"
)

// shebang is the interpreter of a script's first line: a shell's path, or what env is told to run.
var shebang = regexp.MustCompile(
	`^#![ \t]*(?:/usr/bin/env[ \t]+(?:-S[ \t]*)?|/bin/busybox[ \t]+)?(?:[^ \t\n]*/)?([^ \t/\n]+)[ \t]*([^\n]*)`)

// interpreter checks a script's first line: whatever it names, Alpine's shell runs the script.
func (v *validator) interpreter(path, text string) {
	m := shebang.FindStringSubmatch(text)
	switch {
	case m == nil:
	case m[1] != "sh" && m[1] != "ash":
		v.doubtful(path, dialectHint, "the first line asks for %s, but %s runs this script", quote(m[1]), shellName)
	case strings.HasPrefix(m[2], "-"):
		v.caution(path, "Write `set "+shorten(strings.TrimSpace(m[2]))+"` as a line of its own",
			"the options in the first line have no effect")
	}
}

// dialect notes the first construct that Alpine's shell does not know. before is what parsing put before the text.
func (v *validator) dialect(path, text, before string, script *syntax.File) {
	v.interpreter(path, text)
	source := before + text
	syntax.Walk(script, func(n syntax.Node) bool {
		what := unknownToAsh(n)
		if what == "" {
			return n != nil
		}
		at := n.Pos()
		found := source[at.Offset():min(n.End().Offset(), uint(len(source)))]
		found, _, _ = strings.Cut(found, "\n")
		v.strict(v.within(path, text, at), path, "`"+shorten(found)+"` is "+what+", which "+shellName+" does not have", dialectHint)
		return false
	})
	v.braces(path, text, script)
}

// unknownToAsh returns what a node is if ash refuses it, or takes it for the name of a command; else "".
func unknownToAsh(n syntax.Node) string { //nolint:gocyclo // one case for each construct
	switch n := n.(type) {
	case *syntax.Assign:
		switch {
		case n.Array != nil, n.Index != nil:
			return "an array"
		case n.Append:
			return "an assignment with +="
		}
	case *syntax.ParamExp:
		return unknownExpansion(n)
	case *syntax.DeclClause:
		return unknownDeclaration(n)
	case *syntax.Redirect:
		return unknownRedirection(n)
	case *syntax.BinaryCmd:
		if n.Op == syntax.PipeAll {
			return "a pipe of both outputs"
		}
	case *syntax.CaseItem:
		if n.Op != syntax.Break {
			return "a case that falls through"
		}
	case *syntax.ForClause:
		if _, arithmetic := n.Loop.(*syntax.CStyleLoop); arithmetic || n.Select {
			return "a loop of Bash"
		}
	case *syntax.FuncDecl:
		if n.Name != nil && !variableName.MatchString(n.Name.Value) {
			return "a function whose name has other characters than letters, digits and _"
		}
	case *syntax.ArithmCmd:
		return "an arithmetic command"
	case *syntax.ArithmExp:
		if n.Bracket {
			return "an arithmetic expansion of Bash"
		}
	case *syntax.CoprocClause:
		return "a coprocess"
	case *syntax.UnaryTest, *syntax.BinaryTest, *syntax.ParenTest:
		return unknownTest(n)
	}
	return ""
}

func unknownExpansion(n *syntax.ParamExp) string {
	switch {
	case n.Index != nil:
		return "an element of an array"
	case n.Excl, n.Names != 0:
		return "an indirect expansion"
	case n.Exp == nil:
		return ""
	}
	switch n.Exp.Op {
	case syntax.UpperFirst, syntax.UpperAll, syntax.LowerFirst, syntax.LowerAll, syntax.OtherParamOps:
		return "an expansion of Bash"
	default:
		return ""
	}
}

// unknownDeclaration finds declare and typeset, and options of those that ash has, but for `export -p`.
func unknownDeclaration(n *syntax.DeclClause) string {
	if !slices.Contains([]string{"local", "export", "readonly"}, n.Variant.Value) {
		return "a declaration of Bash"
	}
	for _, arg := range n.Args {
		if option := arg.Value.Lit(); arg.Naked && arg.Name == nil && strings.HasPrefix(option, "-") && option != "-p" {
			return "a declaration with an option of Bash"
		}
	}
	return ""
}

func unknownRedirection(n *syntax.Redirect) string {
	switch {
	case n.Op == syntax.WordHdoc:
		return "a here-string"
	case n.Op == syntax.AppAll:
		return "a redirection of both outputs that appends"
	case n.N != nil && strings.HasPrefix(n.N.Value, "{"):
		return "a redirection with a named descriptor"
	}
	return ""
}

// unknownTest finds what [[ has in Bash alone: in ash it is a command, so that < redirects.
func unknownTest(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.UnaryTest:
		if n.Op == syntax.TsVarSet || n.Op == syntax.TsRefVar {
			return "a test of Bash"
		}
	case *syntax.BinaryTest:
		if n.Op == syntax.TsBefore || n.Op == syntax.TsAfter {
			return "a comparison of Bash"
		}
	case *syntax.ParenTest:
		return "a group within [["
	}
	return ""
}

// braces warns of {a,b}, which ash leaves as it is: `mkdir {a,b}` makes one directory of that name.
func (v *validator) braces(path, text string, script *syntax.File) {
	syntax.Walk(script, func(n syntax.Node) bool {
		var words []*syntax.Word
		switch n := n.(type) {
		case *syntax.CallExpr:
			words = n.Args
		case *syntax.WordIter:
			words = n.Items
		}
		if i := slices.IndexFunc(words, hasBraces); i >= 0 {
			v.warn(v.within(path, text, words[i].Pos()), path, "braces such as {a,b} stay as they are in "+shellName, "Write each word")
		}
		return true
	})
}

// hasBraces reports whether Bash would make several words of one.
func hasBraces(word *syntax.Word) bool {
	copied := &syntax.Word{Parts: slices.Clone(word.Parts)}
	return syntax.SplitBraces(copied) && slices.ContainsFunc(copied.Parts, func(part syntax.WordPart) bool {
		b, ok := part.(*syntax.BraceExp)
		return ok && len(b.Elems) > 1
	})
}
