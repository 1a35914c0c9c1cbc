// Package member reads a file of concatenated gzip members, such as a package or an index, one
// member at a time, and passes the bytes of each, as compressed, to a sink: hashes and signatures
// are of the compressed form. Nothing is trusted; every member has a limit.
package member

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// ErrTooLong says that a member is longer than its limit.
var ErrTooLong = errors.New("longer than a package may have it")

const bufferSize = 64 << 10

// A Reader reads members.
type Reader struct {
	src    io.Reader
	buf    []byte
	r, w   int       // unread bytes of buf
	passed int       // bytes of buf that the sink has
	sink   io.Writer // gets what is consumed
	offset int64     // in src, of buf[0]
	limit  int64     // offset up to which src is read
	zip    *gzip.Reader
}

// NewReader reads from src.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, bufferSize), sink: io.Discard, limit: 1<<63 - 1}
}

// Offset is the number of bytes consumed: between members, where the next one begins.
func (m *Reader) Offset() int64 { return m.offset + int64(m.r) }

// Next begins the next member, of at most limit bytes as compressed, which go to sink. It gives
// the content. At the end of the file the error is io.EOF.
func (m *Reader) Next(sink io.Writer, limit int64) (io.Reader, error) {
	if err := m.begin(sink, limit); err != nil {
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
	return m.zip, nil
}

// End reads the current member to its end and returns the sink the last of it.
func (m *Reader) End(content io.Reader) error {
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	return m.pass()
}

// Rest returns what is left of the file, as it is, to sink.
func (m *Reader) Rest(sink io.Writer) error {
	if err := m.begin(sink, 1<<62); err != nil {
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
	m.sink, m.limit = sink, m.Offset()+limit
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
	if m.offset >= m.limit {
		return ErrTooLong
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

// unexpected tells the end of the file inside a member from its end between two.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
