// Package runnerlog keeps text that others wrote from being read as a command by the runner of GitHub, Gitea or Forgejo,
// which looks for workflow commands in all that a step prints.
//
// The runner splits the log at line feeds and carriage returns, lone ones too. It knows two forms of a command:
//
//	::NAME PROPERTIES::VALUE     at the beginning of a line, after white space
//	##[NAME PROPERTIES]VALUE     anywhere in a line
//
// It compares strings by the rules of a language, which ignore many characters that are not ASCII. Here they never count.
package runnerlog

import (
	"bytes"
	"io"
)

// Escape returns text of which no line is a command: a backslash breaks what would begin one. Text that has passed once does
// not change.
func Escape(text string) string {
	var e escaper
	return string(e.escape([]byte(text)))
}

// NewWriter returns a writer that escapes what it is given. A line may come in several writes.
func NewWriter(w io.Writer) io.Writer { return &writer{w: w} }

// NewJSONWriter returns a writer for JSON documents, each of which comes in one write. They mean the same afterwards.
func NewJSONWriter(w io.Writer) io.Writer { return jsonWriter{w} }

type writer struct {
	w io.Writer
	e escaper
}

func (w *writer) Write(p []byte) (int, error) {
	if _, err := w.w.Write(w.e.escape(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escaper is where in a line the text so far ends. The zero value is the beginning of a line.
type escaper struct {
	inside bool // after the first character of the line that counts
	colon  bool // which was a colon
	hashes int  // that stand before the next character
}

func (e *escaper) escape(text []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(text))
	for _, c := range text {
		switch {
		case c == '\n' || c == '\r':
			*e = escaper{}
		case c < ' ' || c > '~':
			// It may be ignored, or be white space.
		case c == ':' && e.colon, c == '[' && e.hashes >= 2:
			b.WriteByte('\\')
			e.inside, e.colon, e.hashes = true, false, 0
		case c == ' ' && !e.inside:
		default:
			e.colon = c == ':' && !e.inside
			e.inside = true
			if c == '#' {
				e.hashes++
			} else {
				e.hashes = 0
			}
		}
		b.WriteByte(c)
	}
	return b.Bytes()
}

type jsonWriter struct{ w io.Writer }

// Write replaces a character that JSON has in strings only.
func (w jsonWriter) Write(p []byte) (int, error) {
	if _, err := w.w.Write(bytes.ReplaceAll(p, []byte("##["), []byte(`#\u0023[`))); err != nil {
		return 0, err
	}
	return len(p), nil
}
