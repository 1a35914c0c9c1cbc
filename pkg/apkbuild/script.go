package apkbuild

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// script is a command block of the user's that is known to parse, and to end where its function ends.
type script struct {
	recipe.Script
	Key    string
	parsed *syntax.File
}

// addScripts checks the user's command blocks and finds every fault in them.
func (v *view) addScripts() error {
	var faults config.Faults
	for _, s := range []struct {
		key  string
		from *recipe.Script
		to   **script
	}{
		{"build.prepare", v.Recipe.Prepare, &v.Prepare},
		{"build.command", v.Recipe.Build, &v.Build},
		{"check.command", v.Recipe.Check, &v.Check},
		{"package", v.Recipe.Package, &v.Package},
	} {
		if s.from == nil {
			continue
		}
		parsed, fault := newScript(s.key, *s.from)
		if fault != nil {
			faults = append(faults, *fault)
		}
		*s.to = parsed
	}
	return faultsOrNil(faults)
}

// newScript parses s on its own, and once more inside a function, so that nothing of it can end that function early.
func newScript(key string, s recipe.Script) (*script, *config.Fault) {
	if strings.ContainsRune(s.Text, 0) {
		return nil, &config.Fault{Pos: s.Pos, Key: key, Message: errNUL.Error(), Hint: "remove the character"}
	}
	file, err := parseShell(s.Text)
	if err != nil {
		pos, message := explain(err, s)
		return nil, &config.Fault{Pos: pos, Key: key, Message: "the script is not valid shell: " + message,
			Hint: "each block must be complete on its own: close every quote, brace, if, do and here-document in it"}
	}
	parsed := &script{Script: s, Key: key, parsed: file}
	text, err := verbatim(parsed)
	if err == nil {
		err = contained(text)
	}
	if err != nil {
		return nil, &config.Fault{Pos: s.Pos, Key: key, Message: err.Error(), Hint: "end the last line with a command, without a backslash"}
	}
	return parsed, nil
}

// parseShell reads shell text as POSIX, else as bash, of which busybox ash takes a part.
func parseShell(text string) (*syntax.File, error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if err == nil {
		return file, nil
	}
	if file, bashErr := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), ""); bashErr == nil {
		return file, nil
	}
	return nil, err
}

// contained reports whether text is the whole body of the function or subshell that it is put into.
func contained(text string) error {
	for _, around := range []struct{ open, end string }{{"f() {\n", "}\n"}, {"(\n", ")\n"}} {
		file, err := parseShell(around.open + text + around.end)
		if err != nil || len(file.Stmts) != 1 {
			return errors.New("the script runs over its end")
		}
	}
	return nil
}

// explain returns the place of a parse error in the YAML file.
func explain(err error, s recipe.Script) (config.Pos, string) {
	if parseErr, ok := errors.AsType[syntax.ParseError](err); ok {
		return scriptPos(s, int(parseErr.Pos.Line())), fmt.Sprintf("line %d of it: %s", parseErr.Pos.Line(), parseErr.Text)
	}
	if langErr, ok := errors.AsType[syntax.LangError](err); ok {
		return scriptPos(s, int(langErr.Pos.Line())), langErr.Error()
	}
	return s.Pos, err.Error()
}

// verbatim writes the user's text as it is, with what a body needs that it lacks: a last line break, or any command.
func verbatim(s *script) (string, error) {
	text := s.Text
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if len(s.parsed.Stmts) == 0 {
		text += ":\n"
	}
	return text, nil
}

// origin says in a comment where the user wrote the script.
func origin(s *script) (string, error) {
	text := s.Key
	if s.Pos.File != "" {
		pos := s.Pos
		pos.File = filepath.Base(pos.File)
		text += " of " + pos.String()
	}
	return comment(text)
}

// faultsOrNil keeps an empty list from becoming an error.
func faultsOrNil(f config.Faults) error {
	if len(f) == 0 {
		return nil
	}
	return f
}
