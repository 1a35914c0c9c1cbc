package config

import (
	"errors"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shell checks that text is whole: what is left open would swallow the lines that follow it in a generated script. It
// is read as Bash, of which Alpine's shell knows more than POSIX asks for.
func (v *validator) shell(path, text string) {
	v.parsed(path, text, "")
}

// arguments checks that text continues a command line.
func (v *validator) arguments(path, text string) {
	v.parsed(path, text, "program ")
}

func (v *validator) parsed(path, text, before string) {
	if strings.ContainsRune(text, 0) {
		v.bad(path, "Remove it", "found the control character U+0000")
		return
	}
	if convoluted(text) {
		v.bad(path, "Move it into a file of the application, and run that", "the script is too large for this file")
		return
	}
	_, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(before+text), "")
	var wrong syntax.ParseError
	switch {
	case errors.As(err, &wrong):
		v.fault(v.within(path, text, wrong.Pos), path, "the shell would not understand it: "+wrong.Text, "Check quotes, brackets and what is left open")
	case err != nil:
		v.bad(path, "Check quotes, brackets and what is left open", "the shell would not understand it: %s", err)
	case openEnd(text):
		v.bad(path, "Remove the backslash", "it ends with a backslash, which joins the next line to it")
	}
}

// maxSpecial bounds what may be nested in a script, since the parser, and any that reads the script later, goes as deep
// as it does: about 4 KB of stack for each.
const maxSpecial = 5000

// convoluted tells that a script holds more signs and words that open something than anyone would put here.
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

// openEnd tells that the last line goes on.
func openEnd(text string) bool {
	text = strings.TrimRight(text, "\n")
	last := text[strings.LastIndexByte(text, '\n')+1:]
	slashes := len(last) - len(strings.TrimRight(last, `\`))
	return slashes%2 == 1 && !strings.HasPrefix(strings.TrimSpace(last), "#")
}

// within is the place in the file of a place in a script.
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
