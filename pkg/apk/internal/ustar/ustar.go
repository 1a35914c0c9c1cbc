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

// Padding returns how many zero bytes follow a content of that many bytes.
func Padding(size int64) int { return int(-size & (blockSize - 1)) }

// Append appends what stands before an entry's content: its header and, before that, its extended one. It returns where
// the value of the last record ends, for a value that is set later.
func Append(dst []byte, h *Header) (headers []byte, end int, err error) {
	if h.ModTime < 0 || h.ModTime > maxOctal11 {
		return nil, 0, fmt.Errorf("%s: time %d does not fit in a tar header", h.Path, h.ModTime)
	}
	if records := h.records(); len(records) > 0 {
		x := &Header{
			Path: extendedPath(h.Path), Type: extended, Mode: 0o644, Size: recordsSize(records), ModTime: h.ModTime,
		}
		dst = x.append(dst)
		dst = appendRecords(dst, records)
		end = len(dst) - len("\n")
		dst = append(dst, make([]byte, Padding(x.Size))...)
	}
	return h.append(dst), end, nil
}

// End appends the two empty blocks at the end of an archive.
func End(dst []byte) []byte { return append(dst, make([]byte, 2*blockSize)...) }

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
	headers, _, err := Append(nil, h)
	if err != nil {
		return err
	}
	if _, err := t.w.Write(headers); err != nil {
		return err
	}
	t.left, t.pad = h.Size, Padding(h.Size)
	return nil
}

// Write writes content of the current entry.
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
	_, err := t.w.Write(End(nil))
	return err
}
