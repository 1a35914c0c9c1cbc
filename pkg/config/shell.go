package config

import (
	"errors"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shell checks that text is complete: an open quote would swallow the lines that follow it in a generated script. It
// is parsed as Bash, since Alpine's shell knows more than POSIX requires, and what that shell lacks is refused.
func (v *validator) shell(path, text string) {
	v.parsed(path, text, "")
}

// arguments checks that text continues a command line.
func (v *validator) arguments(path, text string) {
	v.parsed(path, text, "program ")
}

func (v *validator) parsed(path, text, before string) {
	if !v.characters(path, text, deceptive) {
		return
	}
	if convoluted(text) {
		v.bad(path, "Move it to a file of the application, and run that file", "the script is too complex")
		return
	}
	script, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(before+text), "")
	var wrong syntax.ParseError
	switch {
	case errors.As(err, &wrong):
		v.fault(v.within(path, text, wrong.Pos), path, "the shell cannot parse it: "+wrong.Text, shellHint)
	case err != nil:
		v.bad(path, shellHint, "the shell cannot parse it: %s", err)
	case openEnd(text):
		v.bad(path, "Remove the backslash", "ends with a backslash, which continues on the next line")
	default:
		v.dialect(path, text, before, script)
	}
}

const shellHint = "Check that every quote and bracket is closed"

// maxSpecial limits how deep a script may be nested: every parser recurses as deep, with about 4 KB of stack per level.
const maxSpecial = 5000

// convoluted reports whether a script has more opening signs and words than any real one.
func convoluted(text string) bool {
	special := 0
	for _, c := range []byte(text) {
		switch c {
		case '(', '{', '[', '`', '|', '&', '!', '-', '+', '~', '=', '?', ',', '*', '<', '>', ':', '"':
			special++
		}
	}
	for word := range strings.FieldsSeq(text) {
		switch word {
		case "if", "then", "elif", "else", "while", "until", "for", "do", "case", "select", "function", "time", "coproc":
			special++
		}
	}
	return special > maxSpecial
}

// openEnd reports whether the last line ends with a continuation.
func openEnd(text string) bool {
	text = strings.TrimRight(text, "\n")
	last := text[strings.LastIndexByte(text, '\n')+1:]
	slashes := len(last) - len(strings.TrimRight(last, `\`))
	return slashes%2 == 1 && !strings.HasPrefix(strings.TrimSpace(last), "#")
}

// within returns the position in the file of a position in a script.
func (v *validator) within(path, text string, at syntax.Pos) Pos {
	m, ok := v.file.marks[path]
	if !ok || !m.literal || int(at.Line()) > strings.Count(text, "\n")+1 {
		return v.file.Pos(path)
	}
	pos := m.value
	pos.Line += int(at.Line()) - 1
	pos.Column += int(at.Col()) - 1
	return pos
}
