package report

import (
	"strings"
	"unicode"

	"github.com/pakman/build/pkg/internal/visible"
)

// cell escapes text for a cell of a GitHub table: nothing in it is markup, an HTML tag, a new row
// or a new column.
func cell(s string) string {
	var b strings.Builder
	for _, r := range oneLine(s) {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case strings.ContainsRune("\\`*_{}[]()#!|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// code writes text as a code span in a cell of a table, where GitHub would otherwise read the
// underscores of a URL as markup. A pipe ends the cell even inside a span.
func code(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	ticks := "`"
	for strings.Contains(s, ticks) {
		ticks += "`"
	}
	return ticks + " " + strings.ReplaceAll(s, "|", `\|`) + " " + ticks
}

// oneLine returns text without line breaks and hidden characters, cut to what a cell takes.
func oneLine(s string) string {
	runes := []rune(visible.Line(strings.Join(strings.Fields(s), " ")))
	if len(runes) > maxCell {
		return string(runes[:maxCell]) + "…"
	}
	return string(runes)
}

// fence puts text in a code block whose fence is longer than any run of backquotes in it.
func fence(language, text string) string {
	ticks := "```"
	text = visible.Lines(text)
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	return ticks + language + "\n" + text + "\n" + ticks
}

// label returns text as a label of a mermaid diagram, which knows no escape for all that it reads: quotes, comments and
// directives (%%), entities (#…;). Whatever is no letter, digit or usual in a path becomes an underscore.
func label(s string) string {
	const most = 60
	runes := []rune(oneLine(s))
	if len(runes) > most {
		runes = append([]rune("…"), runes[len(runes)-most:]...)
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+@ ()…", r) {
			runes[i] = '_'
		}
	}
	return string(runes)
}
