// Package ustar writes tar archives the way Alpine packages hold them: POSIX ustar headers
// (IEEE Std 1003.1, pax "ustar Interchange Format") with extended records in a chosen order,
// and an end of archive that may be left out, because the members of a package are read as one archive.
package ustar

import (
	"errors"
	"fmt"
	"io"
)

// Type flags of the entries that packages hold.
const (
	File      = '0'
	HardLink  = '1'
	Symlink   = '2'
	Directory = '5'
	extended  = 'x'
)

const blockSize = 512

// A Header describes one entry.
type Header struct {
	Path        string // a directory's ends in "/"
	Type        byte
	Mode        int64 // permission bits with setuid, setgid and sticky
	Size        int64 // bytes of content that follow
	Linkname    string
	User, Group string // the numbers beside them are 0
	ModTime     int64  // seconds since the epoch, not negative
	Records     []Record
}

// A Record is one key of the extended header. Its value may be any bytes.
type Record struct{ Key, Value string }

// A Writer writes entries one after the other.
type Writer struct {
	w    io.Writer
	left int64 // bytes of the current entry that are still to come
	pad  int   // zeros after them
}

// NewWriter writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// WriteHeader ends the entry before and begins another.
func (t *Writer) WriteHeader(h *Header) error {
	if err := t.Flush(); err != nil {
		return err
	}
	if h.ModTime < 0 || h.ModTime > maxOctal11 {
		return fmt.Errorf("%s: time %d does not fit in a tar header", h.Path, h.ModTime)
	}
	if records := h.records(); len(records) > 0 {
		body := encodeRecords(records)
		x := &Header{
			Path: extendedPath(h.Path), Type: extended, Mode: 0o644, Size: int64(len(body)), ModTime: h.ModTime,
		}
		if err := t.raw(x); err != nil {
			return err
		}
		if _, err := t.Write(body); err != nil {
			return err
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return t.raw(h)
}

func (t *Writer) raw(h *Header) error {
	block := h.block()
	if _, err := t.w.Write(block[:]); err != nil {
		return err
	}
	t.left = h.Size
	t.pad = int(-h.Size & (blockSize - 1))
	return nil
}

// Write gives content of the current entry.
func (t *Writer) Write(p []byte) (int, error) {
	if int64(len(p)) > t.left {
		return 0, errors.New("more content than the tar header announced")
	}
	n, err := t.w.Write(p)
	t.left -= int64(n)
	return n, err
}

// Flush ends the current entry; the archive can be continued by other means.
func (t *Writer) Flush() error {
	if t.left > 0 {
		return fmt.Errorf("%d bytes less content than the tar header announced", t.left)
	}
	var zeros [blockSize]byte
	_, err := t.w.Write(zeros[:t.pad])
	t.pad = 0
	return err
}

// Close ends the archive with two empty blocks. It does not close the underlying writer.
func (t *Writer) Close() error {
	if err := t.Flush(); err != nil {
		return err
	}
	var zeros [2 * blockSize]byte
	_, err := t.w.Write(zeros[:])
	return err
}
