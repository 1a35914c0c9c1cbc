package console

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/console/consoletest"
)

// Lines of several builds are never mixed, however they are written.
func TestPrefixed(t *testing.T) {
	var out consoletest.Buffer
	shared := &sharedConsole{console: &out, width: 3}
	var group sync.WaitGroup
	for _, name := range []string{"api", "web", "x"} {
		group.Go(func() {
			l := &Prefixed{sharedConsole: shared, name: name}
			for i := range 200 {
				fmt.Fprintf(l.Output(), "%s ", name)
				fmt.Fprintf(l.Output(), "says %d\n%s", i, name)
				fmt.Fprint(l.Output(), " again\n")
			}
			l.Info("%d lines", 400)
			fmt.Fprint(l.Output(), name+" ends")
			l.Stage(name + " pack")
		})
	}
	group.Wait()
	count := map[string]int{}
	for line := range strings.Lines(out.String()) {
		name, rest, ok := strings.Cut(line, " | ")
		name = strings.TrimSpace(name)
		switch {
		case !ok && strings.HasSuffix(line, ": 400 lines\n"):
		case !ok, !strings.HasPrefix(strings.TrimPrefix(rest, "==> "), name+" "):
			t.Errorf("mixed: %q", line)
		default:
			count[name]++
		}
	}
	for _, name := range []string{"api", "web", "x"} {
		if count[name] != 402 {
			t.Errorf("%s has %d lines, want 402", name, count[name])
		}
	}
}

// A line that never ends is not held back for ever.
func TestPrefixedCutsEndlessLines(t *testing.T) {
	var out consoletest.Buffer
	l := NewPrefixed(&out, "api")
	for range 3 {
		if _, err := l.Write(make([]byte, longestLine)); err != nil {
			t.Fatal(err)
		}
	}
	if n := out.Len(); n < 2*longestLine || n > 3*longestLine {
		t.Errorf("%d bytes are written", n)
	}
}
