package apk

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"slices"

	"github.com/pakman/build/pkg/apk/internal/ustar"
	"github.com/pakman/build/pkg/internal/tree"
)

const (
	// noChecksum stands for one until it is known.
	noChecksum = "0000000000000000000000000000000000000000"
	capability = "SCHILY.xattr.security.capability"
)

var errChanged = errors.New("the file changed while it was packed")

// addFile appends a file's headers and, if it is not large, its content.
func (s *stretch) addFile(ctx context.Context, h *ustar.Header, e *entry, cursor *tree.Cursor) (err error) {
	f, err := openContent(cursor, e)
	if err != nil {
		return err
	}
	defer func() {
		if s.large == nil { // or else it is closed with the stretch
			err = errors.Join(err, f.Close())
		}
	}()
	if h.Records, err = f.xattrs(); err != nil {
		return err
	}
	if e.owner.Capability != "" { // in place of the file's own, in the order of names
		h.Records = slices.DeleteFunc(h.Records, func(r ustar.Record) bool { return r.Key == capability })
		// "security." sorts before "user."
		h.Records = slices.Insert(h.Records, 0, ustar.Record{Key: capability, Value: e.owner.Capability})
	}
	h.Records = append(h.Records, ustar.Record{Key: checksumRecord, Value: noChecksum})
	text, end, err := ustar.Append(s.text, h)
	if err != nil {
		return err
	}
	s.text = text
	if h.Size > stretchSize {
		s.large = &largeFile{content: f, size: h.Size, end: end}
		return s.large.prepare(ctx, text)
	}
	return s.addContent(f, h.Size, end)
}

// addContent appends a content and sets its checksum, which ends where it is told.
func (s *stretch) addContent(r io.Reader, size int64, checksum int) error {
	at := len(s.text)
	end := at + int(size)
	padded := end + ustar.Padding(size)
	s.text = slices.Grow(s.text, padded+1-at)
	if err := readAll(r, s.text[at:end+1]); err != nil {
		return err
	}
	sum := sha1.Sum(s.text[at:end])
	setChecksum(s.text, checksum, sum[:])
	s.text = s.text[:padded]
	clear(s.text[end:])
	return nil
}

func setChecksum(headers []byte, end int, sum []byte) {
	hex.Encode(headers[end-len(noChecksum):end], sum)
}

// readAll fills all of p but its last byte with a content that ends there. A file's read that gives less than was asked
// for has reached its end.
func readAll(r io.Reader, p []byte) error {
	n := 0
	for more := true; more; {
		m, err := r.Read(p[n:])
		n += m
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		more = m > 0 && n < len(p)-1
	}
	if n != len(p)-1 {
		return errChanged
	}
	return nil
}
