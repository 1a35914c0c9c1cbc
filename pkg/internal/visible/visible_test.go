package visible

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"plain \\ \"text\" 'x'": "plain \\ \"text\" 'x'",
		"grüße 日本語\u3000\u00a0€ 👍🏽": "grüße 日本語\u3000\u00a0€ 👍🏽",
		"\x1b[31mred\a":             `\x1b[31mred\x07`,
		"a\r\n\tb\x00":              `a\r\n\tb\x00`,
		"\u009b31m\x7f":             `\u009b31m\x7f`,
		"abc\u202ecba\u2066x\u2069": `abc\u202ecba\u2066x\u2069`,
		"pay\u200bpal\ufeff\u00ad":  `pay\u200bpal\ufeff\u00ad`,
		"a\u2028b\u2029":            `a\u2028b\u2029`,
		"\xff\xc3(":                 `\xff\xc3(`,
		"\U000e0041 \u3164 \ue000":  `\U000e0041 \u3164 \ue000`,
		"نمی\u200cخواهم 👩\u200d💻":   "نمی\u200cخواهم 👩\u200d💻", // joiners where they join
		"pay\u200dpal \u200c":       `pay\u200dpal \u200c`,
	} {
		if got := Line(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if err := Check(text); (err == nil) != (text == want) {
			t.Errorf("%q: Check gives %v", text, err)
		}
	}
	if got := Lines("a\n\tb\r\x1b"); got != "a\n\tb"+`\r\x1b` {
		t.Errorf("Lines: %q", got)
	}
	if err := Check("ab\u202ec"); err == nil || !strings.Contains(err.Error(), "U+202E at byte 2") {
		t.Errorf("Check: %v", err)
	}
}

// FuzzLine: what comes out is UTF-8 without a character that is obeyed or not seen, Check agrees, and a second time changes
// nothing.
func FuzzLine(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b]0;title\a\u202e\u200b\xff")
	f.Add("👩\u200d💻\u200d\u200d")
	f.Fuzz(func(t *testing.T, text string) {
		line := Line(text)
		for _, r := range line {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff' {
				t.Errorf("%q: %U passes", text, r)
			}
		}
		if !utf8.ValidString(line) || Line(line) != line || Check(line) != nil {
			t.Errorf("%q: %q is not final", text, line)
		}
		if (Check(text) == nil) != (line == text) {
			t.Errorf("%q: Check and Line disagree", text)
		}
		lines := Lines(text)
		if strings.Count(lines, "\n") != strings.Count(text, "\n") || strings.ContainsAny(lines, "\r\x1b") {
			t.Errorf("%q: lines %q", text, lines)
		}
		if len(line) > 10*len(text) {
			t.Errorf("%d bytes of %d", len(line), len(text))
		}
	})
}
