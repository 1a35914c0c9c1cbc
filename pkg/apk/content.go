package apk

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"os"

	"github.com/pakman/build/pkg/apk/internal/ustar"
)

// addFile writes a file. Its hash stands before its content, so one that is larger than the buffer
// is read twice. That both readings were alike is seen by a hash that costs nearly nothing.
func (p *packer) addFile(ctx context.Context, h *ustar.Header, path string) (err error) {
	file, err := openContent(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if h.Size < int64(len(p.buffer)) {
		return p.addSmall(h, file)
	}
	var check, again maphash.Hash
	again.SetSeed(check.Seed())
	checksum := sha1.New()
	if err := p.copyContent(ctx, io.MultiWriter(checksum, &check), file, h.Size); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := p.tar.WriteHeader(withChecksum(h, [sha1.Size]byte(checksum.Sum(nil)))); err != nil {
		return err
	}
	err = p.copyContent(ctx, io.MultiWriter(p.tar, &again), file, h.Size)
	if err == nil && again.Sum64() != check.Sum64() {
		err = errChanged
	}
	return err
}

// addSmall asks for one byte more than the file should have, to see that it ends there.
func (p *packer) addSmall(h *ustar.Header, file io.Reader) error {
	n, err := io.ReadFull(file, p.buffer[:h.Size+1])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if int64(n) != h.Size {
		return errChanged
	}
	return addFile(p.tar, withChecksum(h, sha1.Sum(p.buffer[:n])), p.buffer[:n])
}

// copyContent copies content, which must have size bytes, in steps that stay in the processor's cache.
func (p *packer) copyContent(ctx context.Context, w io.Writer, content io.Reader, size int64) error {
	step := p.buffer[:min(len(p.buffer), 128<<10)]
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := content.Read(step)
		size -= int64(n)
		if size < 0 || err == io.EOF && size > 0 {
			return errChanged
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(step[:n]); err != nil {
			return err
		}
	}
}

var errChanged = errors.New("the file changed while it was packed")

// withChecksum adds the record to those that h has.
func withChecksum(h *ustar.Header, sum [sha1.Size]byte) *ustar.Header {
	h.Records = append(h.Records, ustar.Record{Key: checksumRecord, Value: hex.EncodeToString(sum[:])})
	return h
}

// openContent opens a file to read it. One that its owner made unreadable is opened all the
// same, as root or fakeroot would, and keeps its mode.
func openContent(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if !errors.Is(err, fs.ErrPermission) {
		return file, err
	}
	info, statErr := os.Lstat(path)
	if statErr != nil || !info.Mode().IsRegular() || os.Chmod(path, info.Mode()|0o400) != nil {
		return nil, err
	}
	file, err = os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	return file, errors.Join(err, os.Chmod(path, info.Mode()))
}
