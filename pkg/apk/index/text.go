package index

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// parser reads the text of APKINDEX. The values of its entries are parts of the text, which is thus in
// memory once, in large pieces.
type parser struct {
	src  io.Reader
	buf  []byte
	text string // read, and not yet taken
	read int64
	err  error // of src
	slab []string
}

const pieceSize = 256 << 10

// readText reads a text of about size bytes.
func (x *Index) readText(r io.Reader, size int64) error {
	p := &parser{src: r, buf: make([]byte, pieceSize)}
	e := Entry{}
	filled := false
	for n := 1; ; n++ {
		line, err := p.line()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
		case line == "" && filled:
			err = e.check()
			x.reserve(size, p.read-int64(len(p.text)))
			x.Entries = append(x.Entries, e)
			filled = false
		case line == "":
		case len(line) < 2 || line[1] != ':':
			err = fmt.Errorf("%.80q is not of the form X:value", line)
		default:
			if !filled {
				e, filled = Entry{}, true
				e.NoCommit = true
			}
			err = p.set(&e, line[0], line[2:])
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if filled {
		return errors.New("the last entry is cut off")
	}
	return nil
}

// reserve makes room for all entries when some have been read and taken, by their size. Growing step by step
// needs twice the memory in the end.
func (x *Index) reserve(size, taken int64) {
	const some = 256
	if n := int64(len(x.Entries)); n == some && taken < size {
		x.Entries = slices.Grow(x.Entries, int(min(size/(taken/n+1)*9/8, 1<<20)))
	}
}

// line returns the next line without its end. At the end of the text the error is io.EOF.
func (p *parser) line() (string, error) {
	for {
		if i := strings.IndexByte(p.text, '\n'); i >= 0 {
			line := p.text[:i]
			p.text = p.text[i+1:]
			return strings.TrimSuffix(line, "\r"), nil
		}
		if len(p.text) > maxLine {
			return "", errors.New("the line is too long")
		}
		if p.err != nil {
			line := p.text
			if p.text = ""; line != "" && errors.Is(p.err, io.EOF) {
				return line, nil
			}
			return "", p.err
		}
		p.fill()
	}
}

// fill reads more of the text behind what is left.
func (p *parser) fill() {
	n, err := io.ReadFull(p.src, p.buf)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	var text strings.Builder // of what is left and what comes: one copy
	text.Grow(len(p.text) + n)
	text.WriteString(p.text)
	text.Write(p.buf[:n])
	p.text, p.err = text.String(), err
	p.read += int64(n)
}

// words cuts a list, without an allocation for each.
func (p *parser) words(old []string, value string) []string {
	const slabSize = 4096
	start := len(p.slab)
	if cap(p.slab)-start < len(old)+len(value)/2+1 { // there are no more words than that
		p.slab, start = make([]string, 0, max(slabSize, len(old)+len(value)/2+1)), 0
	}
	p.slab = append(p.slab, old...)
	for word := range strings.FieldsSeq(value) {
		p.slab = append(p.slab, word)
	}
	return p.slab[start:len(p.slab):len(p.slab)]
}
