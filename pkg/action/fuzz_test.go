package action

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/config"
)

// FuzzAnnotation: whatever an error says, the runner reads one command, of the level and message that are meant.
func FuzzAnnotation(f *testing.F) {
	for _, s := range []string{"plain", "a\nb\r\n::warning::x", "%0A::error::x", "a:b,c=d", "::stop-commands::x",
		"\u2028::set-output name=a::b"} {
		f.Add(s, "pakman.yml")
	}
	f.Add("x", "a,line=9::b\n.yml")
	f.Fuzz(func(t *testing.T, text, file string) {
		var log bytes.Buffer
		gha := githubactions.New(githubactions.WithWriter(&log))
		annotate(gha, errors.New(text))
		annotate(gha, config.Faults{config.Fault{Pos: config.Pos{File: file, Line: 3, Column: 4}, Message: text}})
		lines := 0
		for line := range strings.Lines(log.String()) {
			lines++
			if !strings.HasPrefix(line, "::error") || strings.ContainsRune(line, '\r') {
				t.Errorf("%q, %q: %q", text, file, line)
			}
			head, _, _ := strings.Cut(strings.TrimPrefix(line, "::error"), "::")
			seen := map[string]bool{}
			for pair := range strings.SplitSeq(strings.TrimSpace(head), ",") { // as the runner cuts it
				name, _, _ := strings.Cut(pair, "=")
				if seen[name] || name != "" && name != "file" && name != "line" && name != "col" {
					t.Errorf("%q, %q: property %q in %q", text, file, name, head)
				}
				seen[name] = true
			}
		}
		if lines != 2 {
			t.Errorf("%q, %q: %d commands in %q", text, file, lines, log.String())
		}
	})
}
