package runnerlog

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "",
		"plain: a::b, # c, [d], ## e\n":     "plain: a::b, # c, [d], ## e\n",
		"::error::x":                        `:\:error::x`,
		"one\n \t::add-mask::x\n":           "one\n \t:\\:add-mask::x\n",
		"10%\r::set-output name=a::b":       "10%\r:\\:set-output name=a::b",
		"\u00a0\ufe0f::error::x":            "\u00a0\ufe0f:\\:error::x",
		":\ufe0f:error::x":                  ":\ufe0f\\:error::x",
		"wave 0: a##[stop-commands]z":       `wave 0: a##\[stop-commands]z`,
		"##[a]##[b]###[c]":                  `##\[a]##\[b]###\[c]`,
		"#\ufe0f#\u0301[error]x":            "#\ufe0f#\u0301\\[error]x",
		"# #[x] #[y] #:#[z]":                "# #[x] #[y] #:#[z]",
		": :error::x":                       ": :error::x",
		"a\n##[group]b":                     "a\n##\\[group]b",
		"\x1b::error::x":                    "\x1b:\\:error::x",
		`:\:error::x and ##\[y]`:            `:\:error::x and ##\[y]`,
		strings.Repeat("#", 5000) + "[err]": strings.Repeat("#", 5000) + `\[err]`,
	} {
		if got := Escape(text); got != want {
			t.Errorf("%.80q: %.80q, want %.80q", text, got, want)
		}
		for size := 1; size <= min(len(text), 40); size++ { // in parts, too
			var got bytes.Buffer
			w := NewWriter(&got)
			if _, err := io.CopyBuffer(w, struct{ io.Reader }{strings.NewReader(text)}, make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			if got.String() != want {
				t.Errorf("%.80q in parts of %d: %.80q, want %.80q", text, size, got.String(), want)
			}
		}
	}
}

func TestJSONWriter(t *testing.T) {
	var out bytes.Buffer
	value := map[string]string{"a##[b]": "##[error]x ###[c]"}
	if err := json.NewEncoder(NewJSONWriter(&out)).Encode(value); err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got["a##[b]"] != value["a##[b]"] || strings.Contains(out.String(), "##[") {
		t.Errorf("%v %s", err, &out)
	}
}

// ignored matches what a comparison by culture may ignore.
var ignored = regexp.MustCompile(`[^ -~\r\n]`)

// FuzzEscape: no line is a command in a reading that takes as many as possible for one, and nothing but backslashes is added.
func FuzzEscape(f *testing.F) {
	f.Add("::error::x\r##[group]y")
	f.Add("#\u200d#[x]\n\u3000:\u00ad:y::")
	f.Fuzz(func(t *testing.T, text string) {
		got := Escape(text)
		for _, line := range strings.FieldsFunc(got, func(r rune) bool { return r == '\n' || r == '\r' }) {
			line = strings.TrimLeftFunc(ignored.ReplaceAllString(line, ""), unicode.IsSpace)
			if strings.HasPrefix(line, "::") || strings.Contains(line, "##[") {
				t.Errorf("%q: %q is a command", text, line)
			}
		}
		if Escape(got) != got {
			t.Errorf("%q changes again", got)
		}
		if strings.ReplaceAll(got, `\`, "") != strings.ReplaceAll(text, `\`, "") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
