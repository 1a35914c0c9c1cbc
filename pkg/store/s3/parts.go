package s3

import (
	"context"
	"crypto/md5" // Content-MD5
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

// partsAtOnce is how many parts of one object are on their way at once.
const partsAtOnce = 4

// putParts sends a large object in parts. Nothing is there before they are completed, under the condition; what was sent of
// an upload that fails is removed.
func (s *Store) putParts(ctx context.Context, key string, c store.Content, d store.Digests, o store.PutOptions) (store.Info, error) {
	var upload string
	err := s.retry(ctx, func(ctx context.Context, _ int) (err error) {
		upload, err = s.client.NewMultipartUpload(ctx, s.at.bucket, s.at.prefix+key, s.beginning(o))
		return s.explain("write", key, err)
	})
	if err != nil {
		return store.Info{}, err
	}
	parts, err := s.sendParts(ctx, key, upload, c)
	var done store.Info
	if err == nil {
		done, err = s.complete(ctx, key, upload, parts, d, o)
	}
	if err != nil {
		// Also when the context has ended: what stays behind costs its owner money.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = s.client.AbortMultipartUpload(last, s.at.bucket, s.at.prefix+key, upload) // the first error counts
		return store.Info{}, err
	}
	done.Size = c.Size()
	return done, nil
}

// sendParts streams the parts from the content, some at once.
func (s *Store) sendParts(ctx context.Context, key, upload string, c store.Content) ([]minio.CompletePart, error) {
	parts := make([]minio.CompletePart, (c.Size()+store.PartSize-1)/store.PartSize)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for i := range parts {
		group.Go(func() error {
			from := int64(i) * store.PartSize
			return s.retry(ctx, func(ctx context.Context, _ int) error {
				part, err := s.sendPart(ctx, key, upload, c, i+1, from, min(store.PartSize, c.Size()-from))
				parts[i] = minio.CompletePart{PartNumber: i + 1, ETag: part.ETag}
				return err
			})
		})
	}
	return parts, group.Wait()
}

// sendPart reads the part twice: for its digests, which the server checks, and to send it.
func (s *Store) sendPart(ctx context.Context, key, upload string, c store.Content, number int, from, size int64) (minio.ObjectPart, error) {
	r, err := c.Open()
	if err != nil {
		return minio.ObjectPart{}, err
	}
	defer func() { _ = r.Close() }()
	md, sha := md5.New(), sha256.New()
	if _, err := r.Seek(from, io.SeekStart); err != nil {
		return minio.ObjectPart{}, err
	}
	if _, err := io.CopyN(io.MultiWriter(md, sha), r, size); err != nil {
		return minio.ObjectPart{}, err
	}
	if _, err := r.Seek(from, io.SeekStart); err != nil {
		return minio.ObjectPart{}, err
	}
	part, err := s.client.PutObjectPart(ctx, s.at.bucket, s.at.prefix+key, upload, number, io.LimitReader(r, size), size,
		minio.PutObjectPartOptions{
			Md5Base64: base64.StdEncoding.EncodeToString(md.Sum(nil)), Sha256Hex: hex.EncodeToString(sha.Sum(nil)),
			DisableContentSha256: true,
		})
	return part, s.explain("write", key, err)
}

// complete makes the object of its parts. When an answer was lost, the object that is there tells what happened.
func (s *Store) complete(ctx context.Context, key, upload string, parts []minio.CompletePart, d store.Digests,
	o store.PutOptions) (store.Info, error) {
	var done store.Info
	err := s.retry(ctx, func(ctx context.Context, lost int) error {
		up, err := s.client.CompleteMultipartUpload(ctx, s.at.bucket, s.at.prefix+key, upload, parts, conditions(headers(o), o))
		done = store.Info{Key: key, ETag: strings.Trim(up.ETag, `"`), Modified: time.Now()}
		if err == nil {
			return nil
		}
		err = s.explainPut(key, err, o)
		var p *backoff.TransientError
		if lost > 0 && !errors.As(err, &p) {
			if same, _, compareErr := store.Compare(ctx, s, key, d); compareErr == nil && same {
				done, err = s.Stat(ctx, key)
			}
		}
		return err
	})
	return done, err
}
