package index

import (
	"slices"
	"strings"

	"github.com/pakman/build/pkg/internal/visible"
)

// Differences returns the lines that one of the entries has in the index and the other has not, marked - and +, as they can
// be shown.
func Differences(a, b Entry) []string {
	var found []string
	linesA, linesB := lines(a), lines(b)
	for _, l := range linesA {
		if !slices.Contains(linesB, l) {
			found = append(found, "-"+shown(l))
		}
	}
	for _, l := range linesB {
		if !slices.Contains(linesA, l) {
			found = append(found, "+"+shown(l))
		}
	}
	return found
}

// shown returns the beginning of a line as it can be shown.
func shown(line string) string {
	const longest = 300
	if text := []rune(visible.Line(line)); len(text) > longest {
		return string(text[:longest]) + "…"
	}
	return visible.Line(line)
}

// lines returns the entry's stanza; of one that cannot be written, the reason.
func lines(e Entry) []string {
	text, err := appendStanza(nil, &e)
	if err != nil {
		return []string{err.Error()}
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}
