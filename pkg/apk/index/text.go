package index

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk/internal/member"
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
	all  int // elements of lists
}

// pieceSize is several times maxLine: a line that two pieces share is in memory twice.
const pieceSize = 1 << 20

// readText reads a text of about size bytes.
func (x *Index) readText(r io.Reader, size int64) error {
	p := &parser{src: r, buf: make([]byte, min(max(size, 0)+1, pieceSize))}
	e := Entry{}
	filled := false
	for n := 1; ; n++ {
		line, err := p.line()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
		case line == "" && filled && len(x.Entries) == maxEntries:
			err = errTooMany
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

var errTooMany = fmt.Errorf("more than the %d packages that are allowed", maxEntries)

var errElements = fmt.Errorf("more than the %d dependencies and provides that are allowed in all", maxElements)

// reserve makes room for all entries when some have been read and taken, by their size; where that does not suffice, for as
// many as are allowed. Growing step by step takes more memory in the end.
func (x *Index) reserve(size, taken int64) {
	const some = 256
	n, room := int64(len(x.Entries)), int64(maxEntries)
	switch {
	case n == some:
		if estimate := size/(taken/n+1)*9/8 + some; estimate < maxEntries*2/3 {
			room = estimate
		}
	case n < some || n < int64(cap(x.Entries)):
		return
	}
	x.Entries = slices.Grow(x.Entries, int(room-n))
}

// line returns the next line without its end. At the end of the text the error is io.EOF.
func (p *parser) line() (string, error) {
	for {
		i := strings.IndexByte(p.text, '\n')
		if i > maxLine || i < 0 && len(p.text) > maxLine {
			return "", fmt.Errorf("longer than the %s that are allowed", member.Size(maxLine))
		}
		if i >= 0 {
			line := p.text[:i]
			p.text = p.text[i+1:]
			return strings.TrimSuffix(line, "\r"), nil
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

// words cuts a list, without an allocation for each, and appends its elements to those of an earlier line.
func (p *parser) words(old []string, value string) ([]string, error) {
	const slabSize = 4096
	n := len(old) + countWords(value)
	if p.all += n; p.all > maxElements {
		return nil, errElements
	}
	start := len(p.slab)
	if cap(p.slab)-start < n {
		p.slab, start = make([]string, 0, max(slabSize, n)), 0
	}
	p.slab = append(p.slab, old...)
	for value != "" {
		end := strings.IndexByte(value, ' ')
		if end < 0 {
			end = len(value)
		}
		if end > 0 {
			p.slab = append(p.slab, value[:end])
		}
		value = value[min(end+1, len(value)):]
	}
	return p.slab[start:len(p.slab):len(p.slab)], nil
}

// countWords returns at least the number of words.
func countWords(value string) int { return strings.Count(value, " ") + 1 }
