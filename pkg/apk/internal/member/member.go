// Package member reads a file of concatenated gzip members, such as a package or an index, one
// member at a time, and passes the bytes of each, as compressed, to a sink: hashes and signatures
// are of the compressed form. Nothing is trusted; every member has a limit.
package member

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
)

// Limit bounds a member, in bytes: as it is in the file, and when decompressed.
type Limit struct{ Compressed, Inflated int64 }

// Unlimited is the limit of a member whose content is streamed.
const Unlimited = int64(1) << 62

// LimitError is the error of a member that is longer than its limit.
type LimitError struct {
	Limit    int64
	Inflated bool // the limit is that of the decompressed content
}

func (e *LimitError) Error() string {
	if e.Inflated {
		return "longer than the " + Size(e.Limit) + " that are allowed when decompressed"
	}
	return "longer than the " + Size(e.Limit) + " that are allowed"
}

// Size writes a bound for people: bounds are whole KiB, MiB or GiB.
func Size(n int64) string {
	const kilo = 1 << 10
	unit := 0
	for n >= kilo && n%kilo == 0 && unit < len(units)-1 {
		n, unit = n/kilo, unit+1
	}
	return strconv.FormatInt(n, 10) + " " + units[unit]
}

var units = [...]string{"bytes", "KiB", "MiB", "GiB"}

const bufferSize = 64 << 10

// A Reader reads members.
type Reader struct {
	src    io.Reader
	buf    []byte
	r, w   int       // unread bytes of buf
	passed int       // bytes of buf that the sink has
	sink   io.Writer // gets what is consumed
	offset int64     // in src, of buf[0]
	limit  int64     // bytes that the member may have
	start  int64     // offset of the member
	zip    *gzip.Reader
}

// NewReader reads from src.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, bufferSize), sink: io.Discard, limit: Unlimited}
}

// Offset returns the number of bytes consumed: between members, where the next one begins.
func (m *Reader) Offset() int64 { return m.offset + int64(m.r) }

// Next begins the next member, whose compressed bytes go to sink, and returns its content. What is longer than the limit
// ends with a *LimitError. At the end of the file the error is io.EOF.
func (m *Reader) Next(sink io.Writer, limit Limit) (io.Reader, error) {
	if err := m.begin(sink, limit.Compressed); err != nil {
		return nil, err
	}
	if m.r == m.w {
		if err := m.fill(); err != nil {
			return nil, err
		}
	}
	var err error
	if m.zip == nil {
		m.zip, err = gzip.NewReader(m)
	} else {
		err = m.zip.Reset(m)
	}
	if err != nil {
		return nil, fmt.Errorf("no gzip member at byte %d: %w", m.Offset(), unexpected(err))
	}
	m.zip.Multistream(false)
	return &content{zip: m.zip, left: limit.Inflated, limit: limit.Inflated}, nil
}

// content is the decompressed content of a member.
type content struct {
	zip         io.Reader
	left, limit int64
}

// Read reads one byte more than is allowed, to tell a content that ends there from a longer one.
func (c *content) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, &LimitError{Limit: c.limit, Inflated: true}
	}
	if int64(len(p)) > c.left {
		p = p[:c.left+1]
	}
	n, err := c.zip.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n - 1, &LimitError{Limit: c.limit, Inflated: true}
	}
	return n, err
}

// End reads the current member to its end and passes the last of it to the sink.
func (m *Reader) End(content io.Reader) error {
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	return m.pass()
}

// Rest copies what is left of the file, as it is, to sink.
func (m *Reader) Rest(sink io.Writer) error {
	if err := m.begin(sink, Unlimited); err != nil {
		return err
	}
	for {
		m.r = m.w
		if err := m.fill(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// begin ends what the sink before gets.
func (m *Reader) begin(sink io.Writer, limit int64) error {
	if err := m.pass(); err != nil {
		return err
	}
	m.sink, m.start, m.limit = sink, m.Offset(), limit
	return nil
}

func (m *Reader) pass() error {
	_, err := m.sink.Write(m.buf[m.passed:m.r])
	m.passed = m.r
	return err
}

// fill replaces the buffer, which is consumed.
func (m *Reader) fill() error {
	if err := m.pass(); err != nil {
		return err
	}
	m.offset += int64(m.r)
	m.r, m.w, m.passed = 0, 0, 0
	if m.offset-m.start >= m.limit {
		return &LimitError{Limit: m.limit}
	}
	for m.w == 0 {
		n, err := m.src.Read(m.buf)
		m.w = n
		if n == 0 && err != nil {
			return err
		}
	}
	return nil
}

// Read and ReadByte serve the decompressor, which thereby takes no byte more than its member has.
func (m *Reader) Read(p []byte) (int, error) {
	if m.r == m.w {
		if err := m.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, m.buf[m.r:m.w])
	m.r += n
	return n, nil
}

// ReadByte reads one byte.
func (m *Reader) ReadByte() (byte, error) {
	if m.r == m.w {
		if err := m.fill(); err != nil {
			return 0, err
		}
	}
	c := m.buf[m.r]
	m.r++
	return c, nil
}

// unexpected returns io.ErrUnexpectedEOF for an end of the file inside a member.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
