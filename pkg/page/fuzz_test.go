package page

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzClean: a text of a package becomes neither markup nor a hidden character, and a home page is one of the web.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"<script>alert(1)</script>", "a\" onclick=\"x", "\x1b[31m\u202e\u200b\xff", "javascript:alert(1)",
		"https://user:password@example.org/'\"<x>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := clean(text)
		if !utf8.ValidString(shown) || utf8.RuneCountInString(shown) > maxText {
			t.Errorf("%.100q: %.400q", text, shown)
		}
		for _, r := range shown {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' {
				t.Errorf("%q: %U passes", text, r)
			}
		}
		if strings.ContainsAny(escape(shown), `<>"'`) {
			t.Errorf("%q: markup in %q", text, escape(shown))
		}
		address, host := homepage(text)
		if address != "" && (!strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") || host == "") {
			t.Errorf("%q: %q %q", text, address, host)
		}
		if strings.ContainsAny(address, "\x1b\n\r\u202e\u200b <>\"") {
			t.Errorf("%q: %q", text, address)
		}
	})
}
