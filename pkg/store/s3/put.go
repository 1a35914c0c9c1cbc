package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store"
)

// maxPut is the largest object that 10,000 parts may carry.
const maxPut = 10_000 * store.PartSize

// Put sends the object in one PUT, or a large one in parts, whose SHA-256s the server checks. Memory does not grow with
// its size.
func (s *Store) Put(ctx context.Context, key string, c store.Content, o store.PutOptions) (store.Info, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Info{}, err
	}
	if c.Size() > maxPut {
		return store.Info{}, &store.Problem{
			What: fmt.Sprintf("%s has %d bytes, and an S3 store takes %d", key, c.Size(), int64(maxPut)),
			Hint: "make a smaller package",
		}
	}
	digests, err := store.DigestsOf(c)
	if err != nil {
		return store.Info{}, err
	}
	if c.Size() > store.Large {
		return s.putParts(ctx, key, c, digests, o)
	}
	if o.Probe && o.IfAbsent {
		defer s.probeBeside(ctx, key, c, digests, o)()
	}
	var done store.Info
	err = s.retry(ctx, func(ctx context.Context, lost int) error {
		var err error
		if lost > 0 && o.IfAbsent && s.exists(ctx, key) {
			// A server that refuses a content before it has read it may close the connection, again and again. The answer
			// that is lost with it would have been this one.
			err = fmt.Errorf("%s: %w", key, store.ErrConflict)
		} else {
			done, err = s.put(ctx, key, c, digests, o)
		}
		if lost > 0 && o.Conditional() && errors.Is(err, store.ErrConflict) {
			// The write that stands in the way may be one of our own whose answer was lost.
			if same, _, compareErr := store.Compare(ctx, s, key, digests); compareErr == nil && same {
				done, err = s.Stat(ctx, key)
			}
		}
		return err
	})
	return done, err
}

func (s *Store) exists(ctx context.Context, key string) bool {
	_, err := s.Stat(ctx, key)
	return err == nil
}

// put makes one request.
func (s *Store) put(ctx context.Context, key string, c store.Content, d store.Digests, o store.PutOptions) (store.Info, error) {
	up, err := s.send(ctx, key, c, d, o)
	if err != nil {
		return store.Info{}, s.explainPut(key, err, o)
	}
	etag := strings.Trim(up.ETag, `"`)
	return store.Info{Key: key, Size: c.Size(), ETag: etag, Modified: time.Now()}, nil
}

// send is put with the client's own answer and errors.
func (s *Store) send(ctx context.Context, key string, c store.Content, d store.Digests, o store.PutOptions) (minio.UploadInfo, error) {
	r, err := c.Open()
	if err != nil {
		return minio.UploadInfo{}, err
	}
	defer func() { _ = r.Close() }()
	sum, err := hex.DecodeString(d.MD5)
	if err != nil {
		return minio.UploadInfo{}, err
	}
	return s.client.PutObject(ctx, s.at.bucket, s.at.prefix+key, io.NopCloser(r), c.Size(),
		base64.StdEncoding.EncodeToString(sum), d.SHA256, conditions(s.beginning(o), o))
}

func headers(o store.PutOptions) minio.PutObjectOptions {
	return minio.PutObjectOptions{
		ContentType: o.ContentType, CacheControl: o.CacheControl,
		DisableContentSha256: true, // no chunked signature: the whole content is signed
	}
}

func conditions(options minio.PutObjectOptions, o store.PutOptions) minio.PutObjectOptions {
	if o.IfAbsent {
		options.SetMatchETagExcept("*")
	}
	if o.IfMatch != "" {
		options.SetMatchETag(o.IfMatch)
	}
	return options
}

func (s *Store) explainPut(key string, err error, o store.PutOptions) error {
	err = s.explain("write", key, err)
	if o.IfMatch != "" && errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%s: %w: it was deleted", key, store.ErrConflict)
	}
	return err
}
