package index

import (
	"slices"
	"strings"
)

// Differences are the lines that one of the entries has in the index and the other has not, marked - and +.
func Differences(a, b Entry) []string {
	var found []string
	linesA, linesB := lines(a), lines(b)
	for _, l := range linesA {
		if !slices.Contains(linesB, l) {
			found = append(found, "-"+l)
		}
	}
	for _, l := range linesB {
		if !slices.Contains(linesA, l) {
			found = append(found, "+"+l)
		}
	}
	return found
}

// lines is the entry's stanza; of one that cannot be written, the reason.
func lines(e Entry) []string {
	text, err := appendStanza(nil, &e)
	if err != nil {
		return []string{err.Error()}
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}
