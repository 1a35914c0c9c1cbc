package visible

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// What reaches a terminal is the same however the text is cut into writes.
func TestWriter(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n\ttext\n":              "plain\n\ttext\n",
		"é日本 💻\n":                      "é日本 💻\n",
		"\x1b[31mred\x1b[0m\n":         "red\n",
		"\x1b[2J\x1b[Hx\n":             "\\x1b[2J\\x1b[Hx\n",
		"\x1b]0;title\x07x\n":          "\\x1b]0;title\\x07x\n",
		"\u009b31mx\u0085\n":           "\\u009b31mx\\u0085\n",
		"\x9b31mx\n":                   "\\x9b31mx\n",
		"a\u202eb\u2066c\u2069\n":      "a\\u202eb\\u2066c\\u2069\n",
		"10%\r20%\r\n":                 "10%\n20%\n",
		"a\rb\n":                       "a\nb\n",
		"\x1b[38;5;1mx\x1b(0\x1bP q\n": "x\\x1b(0\\x1bP q\n",
	} {
		for size := 1; size <= len(text); size++ {
			var got bytes.Buffer
			w := NewWriter(&got)
			if _, err := io.CopyBuffer(w, struct{ io.Reader }{strings.NewReader(text)}, make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			if got.String() != want {
				t.Errorf("%q in parts of %d: %q, want %q", text, size, got.String(), want)
			}
		}
	}
}
