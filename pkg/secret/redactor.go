package secret

import (
	"io"
	"strings"
	"sync"
)

// Redactor returns a writer to w that puts Mask in place of every secret, also one that is split
// over writes, or broken over lines as a tool folds them. A secret of several lines is replaced line by line, because logs indent and wrap
// lines; its base64 (alone, within more text, wrapped), hexadecimal, URL-escaped and JSON-escaped forms are replaced too. The
// writer holds back only an end that may be the beginning of a secret; Close writes it. Secrets
// shorter than four bytes are left alone. It is safe for concurrent use.
func Redactor(w io.Writer, secrets ...string) io.WriteCloser {
	r := &redactor{w: w}
	for _, p := range patterns(secrets) {
		r.byFirst[p[0]] = append(r.byFirst[p[0]], []byte(p))
	}
	return r
}

type redactor struct {
	mu      sync.Mutex
	w       io.Writer
	byFirst [256][][]byte // what to mask by its first byte, longest first
	held    []byte
}

func (r *redactor) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.redact(append(r.held, p...), false); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes what was held back. It does not close the writer below.
func (r *redactor) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.redact(r.held, true)
}

// redact writes text with its secrets masked, and holds back the end that may begin a secret,
// unless this is the last of it.
func (r *redactor) redact(text []byte, last bool) error {
	out := make([]byte, 0, len(text))
	i := 0
	for i < len(text) {
		if r.byFirst[text[i]] == nil {
			out = append(out, text[i])
			i++
			continue
		}
		n, wait := r.match(text[i:])
		if wait && !last {
			break
		}
		if n > 0 {
			out = append(out, Mask...)
			i += n
			continue
		}
		out = append(out, text[i])
		i++
	}
	r.held = append([]byte(nil), text[i:]...)
	if len(out) == 0 {
		return nil
	}
	_, err := r.w.Write(out)
	return err
}

// match returns the length of the longest secret that text begins with, 0 for none; wait tells that
// more text could make it a longer one.
func (r *redactor) match(text []byte) (n int, wait bool) {
	for _, p := range r.byFirst[text[0]] {
		n, more := begins(text, p)
		if n > 0 {
			return n, wait
		}
		wait = wait || more
	}
	return 0, wait
}

// begins returns how much of text is the secret p, which may be broken over lines; more tells that text
// ends before p does.
func begins(text, p []byte) (n int, more bool) {
	broken := false
	for i := 0; i < len(p); n++ {
		switch {
		case n == len(text):
			return 0, true
		case text[n] == p[i]:
			i++
			broken = false
		case text[n] == '\n' || text[n] == '\r':
			broken = true
		case broken && (text[n] == ' ' || text[n] == '\t'): // the next line's indentation
		default:
			return 0, false
		}
	}
	return n, false
}

// Redact returns text with its secrets masked.
func Redact(text string, secrets ...string) string {
	var b strings.Builder
	r := Redactor(&b, secrets...)
	_, _ = io.WriteString(r, text) // a strings.Builder takes everything
	_ = r.Close()
	return b.String()
}
