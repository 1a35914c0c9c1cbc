package visible

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// NewWriter returns a writer of text that a terminal shows and does not obey: what it is given passes Lines. Colours are
// removed. A carriage return, with which progress is drawn over itself, ends a line.
func NewWriter(w io.Writer) io.Writer { return &writer{w: w} }

type writer struct {
	w    io.Writer
	mu   sync.Mutex
	rest []byte // the beginning of a character or a sequence whose end was not written yet
}

var (
	// colour is the sequence that sets colours and weight, "Select Graphic Rendition" of ECMA-48.
	colour = regexp.MustCompile(`\x1b\[[0-9;:]*m`)
	// unfinished is a sequence that may become a colour, or a carriage return before a line feed.
	unfinished = regexp.MustCompile(`(?:\x1b(?:\[[0-9;:]{0,32})?|\r)$`)
)

// Unwrap returns the writer beneath, for callers that write to a terminal themselves.
func (w *writer) Unwrap() io.Writer { return w.w }

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 && plain(p) {
		return w.w.Write(p)
	}
	text := slices.Concat(w.rest, p)
	end := len(text)
	if at := unfinished.FindIndex(text); at != nil {
		end = at[0]
	} else if i := partial(text); i >= 0 {
		end = i
	}
	w.rest = bytes.Clone(text[end:])
	shown := colour.ReplaceAllString(string(text[:end]), "")
	shown = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(shown)
	if _, err := io.WriteString(w.w, Lines(shown)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// plain reports whether p has nothing but ASCII text.
func plain(p []byte) bool {
	for _, c := range p {
		if (c < ' ' && c != '\n' && c != '\t') || c > '~' {
			return false
		}
	}
	return true
}

// partial returns where an incomplete UTF-8 sequence begins at the end of text; -1 when there is none.
func partial(text []byte) int {
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax); i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				return i
			}
			return -1
		}
	}
	return -1
}
