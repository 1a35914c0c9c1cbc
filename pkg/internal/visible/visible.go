// Package visible makes text that others wrote safe to show. Such text can hold characters that a terminal obeys (ESC and
// the other controls), that change the order in which text is shown (bidirectional controls), or that nobody sees
// (zero-width characters). In output they are written as escapes; where text becomes part of a package or an index they
// are refused.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s as one line: each hidden character, line breaks and tabs included, and each byte that is not UTF-8 is
// written as an escape such as \x1b, \n or \u202e. Backslashes stay, so that text that has passed once does not change.
func Line(s string) string { return escape(s, "") }

// Lines returns s like Line, and keeps line feeds and tabs.
func Lines(s string) string { return escape(s, "\n\t") }

// Check returns an error that names the first hidden character of s; nil when there is none.
func Check(s string) error {
	at, size := find(s, 0, "")
	switch {
	case at < 0:
		return nil
	case size == 1 && s[at] >= utf8.RuneSelf:
		return fmt.Errorf("%.80q is not UTF-8", s)
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	return fmt.Errorf("the hidden character U+%04X at byte %d is not allowed; the text must be one line that is shown as it is", r, at)
}

func escape(s, kept string) string {
	at, size := find(s, 0, kept)
	if at < 0 {
		return s
	}
	var b strings.Builder
	done := 0
	for ; at >= 0; at, size = find(s, done, kept) {
		b.WriteString(s[done:at])
		b.WriteString(code(s[at : at+size]))
		done = at + size
	}
	b.WriteString(s[done:])
	return b.String()
}

// code returns the escape of one character, or of one byte that is not UTF-8.
func code(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return fmt.Sprintf(`\x%02x`, s[0])
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// find returns the place and length of the first hidden character from byte start on; -1 when there is none.
func find(s string, start int, kept string) (at, size int) {
	for i := start; i < len(s); {
		if c := s[i]; c >= ' ' && c <= '~' { // as most are
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && n == 1 || hidden(r)
		if bad && joiner(r) {
			bad = !joins(s[:i], s[i+n:])
		}
		if bad && !strings.ContainsRune(kept, r) {
			return i, n
		}
		i += n
	}
	return -1, 0
}

// hidden reports whether r is a control, a format character (bidirectional and zero-width ones among them), a line or
// paragraph separator, or another character that is not drawn.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Other_Default_Ignorable_Code_Point)
}

// joiner reports whether r is one of the two format characters that scripts such as Persian and Hindi, and emoji, are
// written with.
func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joins reports whether a joiner has something to join: a character beyond ASCII that is shown, on both sides.
func joins(before, after string) bool {
	a, _ := utf8.DecodeLastRuneInString(before)
	b, _ := utf8.DecodeRuneInString(after)
	shown := func(r rune) bool { return r >= utf8.RuneSelf && r != utf8.RuneError && !hidden(r) }
	return shown(a) && shown(b)
}
