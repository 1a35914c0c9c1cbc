package s3

import (
	"context"
	"io"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store"
)

// Get asks for the whole object. When the reading breaks off it goes on, unless the object has changed.
func (s *Store) Get(ctx context.Context, key string) (body io.ReadCloser, info store.Info, err error) {
	if err := store.CheckKey(key); err != nil {
		return nil, store.Info{}, err
	}
	err = s.retry(ctx, func(ctx context.Context, _ int) error {
		var o minio.ObjectInfo
		body, o, _, err = s.client.GetObject(ctx, s.at.bucket, s.at.prefix+key, minio.GetObjectOptions{})
		info = s.info(o)
		return s.explain("read", key, err)
	})
	if err != nil {
		return nil, info, err
	}
	return s.resumed(ctx, body, info), info, nil
}

// Range asks for a part of the object.
func (s *Store) Range(ctx context.Context, key string, offset, length int64) (body io.ReadCloser, err error) {
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	var o minio.GetObjectOptions
	if err := o.SetRange(offset, offset+length-1); err != nil {
		return nil, err
	}
	err = s.retry(ctx, func(ctx context.Context, _ int) error {
		body, _, _, err = s.client.GetObject(ctx, s.at.bucket, s.at.prefix+key, o)
		return s.explain("read", key, err)
	})
	return body, err
}

// Stat asks for the object's headers.
func (s *Store) Stat(ctx context.Context, key string) (info store.Info, err error) {
	if err := store.CheckKey(key); err != nil {
		return store.Info{}, err
	}
	err = s.retry(ctx, func(ctx context.Context, _ int) error {
		o, err := s.client.StatObject(ctx, s.at.bucket, s.at.prefix+key, minio.StatObjectOptions{})
		info = s.info(o)
		return s.explain("read", key, err)
	})
	return info, err
}
