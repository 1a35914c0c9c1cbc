package secret

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// Redactor returns a writer to w that puts Mask in place of every secret, also of one that is split over writes or broken
// over lines as a tool folds them. Secrets that overlap are replaced by one Mask. A secret of several lines is replaced
// line by line, because logs indent and wrap lines; its base64 (alone, within more text, wrapped), hexadecimal, URL-escaped
// and JSON-escaped forms are replaced too.
//
// The writer holds back only an end that may be the beginning of a secret; Close writes it. A line whose last bytes,
// three at most, could begin one by chance is written after a moment without further text, from another goroutine. Secrets
// shorter than four bytes are left alone. Its time is linear in the text. It is safe for concurrent use.
func Redactor(w io.Writer, secrets ...string) io.WriteCloser {
	var kept, joined []string
	for _, p := range patterns(secrets) {
		p = lineBreaks.Replace(p)
		kept = append(kept, p)
		joined = append(joined, p, spaces.Replace(p))
	}
	long := func(p string) bool { return len(p) < shortest }
	return &redactor{w: w, readers: [2]reader{
		{automaton: newAutomaton(slices.DeleteFunc(kept, long))},
		{automaton: newAutomaton(slices.DeleteFunc(joined, long)), skipIndentation: true},
	}}
}

var (
	lineBreaks = strings.NewReplacer("\n", "", "\r", "")
	spaces     = strings.NewReplacer(" ", "", "\t", "")
)

// patience is how long the last line of the text is held back because a secret may begin in its last bytes, and go on in the
// next line. A build may print nothing for an hour, and somebody may watch it.
const patience = 500 * time.Millisecond

// maxFold is how many bytes a line break with the indentation behind it may have inside a secret.
const maxFold = 256

// redactor reads the text twice at once: without line breaks, and without the indentation of the next line either, as
// a secret may contain spaces.
type redactor struct {
	mu      sync.Mutex
	w       io.Writer
	readers [2]reader
	held    []byte // text that is not written yet
	base    int64  // where it begins in all of the text
	found   []span // the secrets in it, in order, apart from each other
	out     []byte
	timer   *time.Timer // writes a line that was held back for long
	err     error       // of that
}

// span is a place in the text.
type span struct{ from, to int64 }

// reader is one way to read the text.
type reader struct {
	*automaton
	skipIndentation bool
	at              uint32
	places          []int64 // of the bytes that at stands for, the last ones at the end
	fold            int     // how many bytes were skipped since the last of them
	broken          bool    // among those is a line break
}

// step reads the byte at a place and returns where the longest secret begins that ends there; -1: none does.
func (r *reader) step(c byte, place int64) int64 {
	switch {
	case c == '\n' || c == '\r':
		r.broken = true
	case r.broken && r.skipIndentation && (c == ' ' || c == '\t'):
	default:
		r.fold, r.broken = 0, false
		r.at = r.next(r.at, c)
		s := &r.states[r.at]
		r.places = append(r.places, place)
		if len(r.places) > 4096 && len(r.places) > 4*int(s.depth) {
			r.places = append(r.places[:0], r.places[len(r.places)-int(s.depth):]...)
		}
		if s.match > 0 {
			return r.places[len(r.places)-int(s.match)]
		}
		return -1
	}
	if r.fold++; r.fold > maxFold {
		r.at, r.places = 0, r.places[:0]
	}
	return -1
}

// pending returns where the text begins that further bytes can make a secret; end where none does.
func (r *reader) pending(end int64) int64 {
	if open := r.states[r.at].open; open > 0 {
		return r.places[len(r.places)-int(open)]
	}
	return end
}

func (r *redactor) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range p {
		place := r.base + int64(len(r.held))
		r.held = append(r.held, c)
		for i := range r.readers {
			// Most text begins no secret.
			if reader := &r.readers[i]; reader.at != 0 || reader.first[c] != 0 {
				if from := reader.step(c, place); from >= 0 {
					r.add(span{max(from, r.base), place + 1}) // its beginning may be written
				}
			}
		}
		if len(r.held) >= 64<<10 && len(r.held)&(64<<10-1) == 0 {
			r.release()
		}
	}
	r.release()
	if err := r.flush(); err != nil {
		return 0, err
	}
	r.watch()
	return len(p), nil
}

// add notes a secret, which ends behind those before it. It becomes one with those that it overlaps.
func (r *redactor) add(s span) {
	for len(r.found) > 0 {
		last := r.found[len(r.found)-1]
		if last.to <= s.from {
			break
		}
		s.from = min(s.from, last.from)
		r.found = r.found[:len(r.found)-1]
	}
	r.found = append(r.found, s)
}

// wholeLines moves a place back to the beginning of its line where the text behind it goes on in the next one: another stream
// may write to the same terminal meanwhile, and would tear the line apart.
func (r *redactor) wholeLines(until int64) int64 {
	at := until - r.base
	if bytes.IndexByte(r.held[at:], '\n') < 0 {
		return until
	}
	return r.base + int64(bytes.LastIndexByte(r.held[:at], '\n')+1)
}

// release moves what cannot be part of a further secret from the held text to the output.
func (r *redactor) release() {
	end := r.base + int64(len(r.held))
	pending := max(r.base, min(r.readers[0].pending(end), r.readers[1].pending(end)))
	r.releaseUntil(r.wholeLines(pending))
}

func (r *redactor) releaseUntil(until int64) {
	at := r.base
	n := 0
	for _, s := range r.found {
		if s.to > until { // a secret that is pending may overlap it
			until = min(until, s.from)
			break
		}
		r.out = append(r.out, r.held[at-r.base:s.from-r.base]...)
		r.out = append(r.out, Mask...)
		at = s.to
		n++
	}
	r.found = append(r.found[:0], r.found[n:]...)
	if at < until {
		r.out = append(r.out, r.held[at-r.base:until-r.base]...)
		at = until
	}
	r.held = append(r.held[:0], r.held[at-r.base:]...)
	r.base = at
}

func (r *redactor) flush() error {
	if len(r.out) > 0 && r.err == nil {
		_, r.err = r.w.Write(r.out)
	}
	r.out = r.out[:0]
	return r.err
}

// watch has the held text written in a moment, if it is whole lines and what of them could be a secret is too short to count as one.
func (r *redactor) watch() {
	if r.timer != nil {
		r.timer.Stop()
	}
	if len(r.held) == 0 || !strings.ContainsRune("\r\n", rune(r.held[len(r.held)-1])) {
		return
	}
	for i := range r.readers {
		if reader := &r.readers[i]; reader.states[reader.at].open >= shortest {
			return
		}
	}
	end := r.base + int64(len(r.held))
	r.timer = time.AfterFunc(patience, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.held) > 0 && end == r.base+int64(len(r.held)) { // nothing came meanwhile
			r.releaseUntil(end)
			_ = r.flush() // the next call returns the error
		}
	})
}

// Close writes what was held back. It does not close the writer below.
func (r *redactor) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop()
	}
	for i := range r.readers {
		r.readers[i].at = 0
	}
	r.release()
	return r.flush()
}

// Redact returns text with its secrets masked.
func Redact(text string, secrets ...string) string {
	if len(secrets) == 0 {
		return text
	}
	var b strings.Builder
	r := Redactor(&b, secrets...)
	_, _ = io.WriteString(r, text) // a strings.Builder takes everything
	_ = r.Close()
	return b.String()
}
