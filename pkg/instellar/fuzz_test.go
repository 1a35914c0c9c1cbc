package instellar

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzInvalid: whatever the platform answers, what is shown of it is short, on one line, and nothing that a terminal obeys.
func FuzzInvalid(f *testing.F) {
	f.Add([]byte(`{"errors": {"kits": [{}, {"name": ["is taken"]}]}}`))
	f.Add([]byte(`{"errors": [{"detail": "is taken\u001b", "source": {"pointer": "/payload/kits/1/name"}}]}`))
	f.Add([]byte(`{"errors": {"detail": "x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		values := invalid(body)
		if len(values) > maxInvalid {
			t.Errorf("%d values", len(values))
		}
		for _, v := range values {
			for _, text := range []string{v.Path, v.Message} {
				if len([]rune(text)) > maxText+1 || strings.ContainsFunc(text, func(r rune) bool {
					return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
				}) {
					t.Errorf("%.400q", text)
				}
			}
		}
	})
}
