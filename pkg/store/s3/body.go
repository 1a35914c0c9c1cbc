package s3

import (
	"context"
	"errors"
	"io"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store"
)

// body is the content of an object. When the connection breaks off it goes on where it was, as long as
// the object is the same.
type body struct {
	io.ReadCloser
	at, size int64
	breaks   int
	resume   func(at int64) (io.ReadCloser, error)
}

func (b *body) Read(p []byte) (int, error) {
	for {
		n, err := b.ReadCloser.Read(p)
		b.at += int64(n)
		if n > 0 || err == nil || b.at >= b.size {
			return n, err
		}
		if b.breaks++; b.breaks == retries.Attempts {
			return 0, errors.Join(err, io.ErrUnexpectedEOF)
		}
		again, err := b.resume(b.at)
		if err != nil {
			return 0, err
		}
		_ = b.Close()
		b.ReadCloser = again
	}
}

// resumed returns the content that first began.
func (s *Store) resumed(ctx context.Context, first io.ReadCloser, info store.Info) io.ReadCloser {
	if first == nil || info.ETag == "" {
		return first
	}
	return &body{ReadCloser: first, size: info.Size, resume: func(at int64) (rest io.ReadCloser, err error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var o minio.GetObjectOptions
		if err := errors.Join(o.SetRange(at, info.Size-1), o.SetMatchETag(info.ETag)); err != nil {
			return nil, err
		}
		err = s.retry(ctx, func(ctx context.Context, _ int) error {
			rest, _, _, err = s.client.GetObject(ctx, s.at.bucket, s.at.prefix+info.Key, o)
			return s.explain("read", info.Key, err)
		})
		return rest, err
	}}
}
