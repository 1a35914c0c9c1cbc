package apk

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"hash/maphash"
	"io"

	"github.com/pakman/build/pkg/apk/internal/deflate"
	"github.com/pakman/build/pkg/apk/internal/ustar"
)

// onePass is the size up to which a file is read once: its checksum, which stands before it, is filled in afterwards. One
// that is larger is read twice, and that both readings were alike is seen by a hash that costs nearly nothing.
const onePass = deflate.Ahead - 1<<20

// largeFile is a file whose content is copied when its stretch is written.
type largeFile struct {
	content
	size int64
	end  int          // of the checksum, in the stretch
	seen maphash.Hash // of what the first of two readings saw
}

// prepare reads the file a first time, if it will be read twice.
func (l *largeFile) prepare(ctx context.Context, headers []byte) error {
	if l.size <= onePass {
		return nil
	}
	sum := sha1.New()
	if err := l.copy(ctx, io.MultiWriter(sum, &l.seen)); err != nil {
		return err
	}
	setChecksum(headers, l.end, sum.Sum(nil))
	return l.rewind()
}

// write writes headers, in which the checksum may be missing, and the content.
func (l *largeFile) write(ctx context.Context, z *deflate.Writer, headers []byte) error {
	var err error
	if l.size <= onePass {
		err = l.writeOnce(ctx, z, headers)
	} else {
		err = l.writeAgain(ctx, z, headers)
	}
	if err != nil {
		return err
	}
	_, err = z.Write(make([]byte, ustar.Padding(l.size)))
	return err
}

func (l *largeFile) writeOnce(ctx context.Context, z *deflate.Writer, headers []byte) error {
	if _, err := z.Write(headers[:l.end-len(noChecksum)]); err != nil {
		return err
	}
	if err := z.Skip(len(noChecksum), l.size+int64(len(headers))); err != nil {
		return err
	}
	if _, err := z.Write(headers[l.end:]); err != nil {
		return err
	}
	sum := sha1.New()
	if err := l.copy(ctx, io.MultiWriter(sum, z)); err != nil {
		return err
	}
	z.Fill(hex.AppendEncode(nil, sum.Sum(nil)))
	return nil
}

func (l *largeFile) writeAgain(ctx context.Context, z *deflate.Writer, headers []byte) error {
	if _, err := z.Write(headers); err != nil {
		return err
	}
	var again maphash.Hash
	again.SetSeed(l.seen.Seed())
	if err := l.copy(ctx, io.MultiWriter(z, &again)); err != nil {
		return err
	}
	if again.Sum64() != l.seen.Sum64() {
		return errChanged
	}
	return nil
}

// copy copies the content, in steps that stay in the processor's cache.
func (l *largeFile) copy(ctx context.Context, w io.Writer) error {
	return copyContent(ctx, w, l.content, l.size)
}

func copyContent(ctx context.Context, w io.Writer, r io.Reader, size int64) error {
	step := make([]byte, 128<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(step)
		size -= int64(n)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 && size == 0 {
			return nil
		}
		if n == 0 || size < 0 {
			return errChanged
		}
		if _, err := w.Write(step[:n]); err != nil {
			return err
		}
	}
}
