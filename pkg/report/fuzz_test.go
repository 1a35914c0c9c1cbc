package report

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzEscape: no text leaves its cell, its code span, its block or its label.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"a|b", "`code`", "<img src=x>", "[a](b)", "a\nb\r| c", "\x1b[31m\u202e\u200b", "```\nend", "%%{init}%%",
		"\"x\"#59;", `\|`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		row := "| " + cell(text) + " | " + code(text) + " |"
		columns := 0
		for i, r := range row {
			if r == '|' && backslashes(row[:i])%2 == 0 {
				columns++
			}
			if r == '<' && i > 0 && !strings.Contains(code(text), "<") {
				t.Errorf("%q: a tag in %q", text, row)
			}
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' {
				t.Errorf("%q: %U in %q", text, r, row)
			}
		}
		if !strings.ContainsAny(text, `\`) && columns != 3 {
			t.Errorf("%q: %d columns in %q", text, columns, row)
		}
		block := fence("sh", text)
		ticks, body, _ := strings.Cut(block, "sh\n")
		if strings.Contains(strings.TrimSuffix(body, ticks), ticks) {
			t.Errorf("%q ends its block: %q", text, block)
		}
		if l := label(text); strings.ContainsAny(l, "\"%#;<>\n\r`{}[]|") {
			t.Errorf("%q: label %q", text, l)
		}
	})
}

func backslashes(s string) int { return len(s) - len(strings.TrimRight(s, `\`)) }
