package s3

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store"
)

// Check lists one object of the prefix: unlike a HEAD of the bucket, its answer distinguishes a wrong
// key from a missing right.
func (s *Store) Check(ctx context.Context) error {
	_, _, err := s.first(ctx, 1)
	return err
}

// glanced is how many objects are seen at a glance: their list fits into few packets.
const glanced = 250

// Glance lists the first objects with one request.
func (s *Store) Glance(ctx context.Context) (objects []store.Info, all bool, err error) {
	return s.first(ctx, glanced)
}

// first lists at most n objects with one request, and reports whether these are all.
func (s *Store) first(ctx context.Context, n int) (objects []store.Info, all bool, err error) {
	err = s.retry(ctx, func(ctx context.Context, _ int) error {
		objects, all = nil, true
		for object := range s.client.ListObjectsIter(withOnePage(ctx), s.at.bucket, minio.ListObjectsOptions{
			Prefix: s.at.prefix, Recursive: true, MaxKeys: n,
		}) {
			err := s.explain("list", "", object.Err)
			switch {
			case errors.Is(object.Err, errOnePage):
				all = false
				return nil
			case errors.Is(err, store.ErrNotFound): // an object was asked for: the server took the bucket for its key
				return &store.Problem{What: fmt.Sprintf("%s has no bucket %q", s.at.endpoint, s.at.bucket), Err: err,
					Hint: "check " + s.cfg.setting("endpoint") + ": it is the address of the server, without the bucket"}
			case err != nil:
				return err
			}
			if info := s.info(object); strings.HasPrefix(object.Key, s.at.prefix) && store.CheckKey(info.Key) == nil {
				objects = append(objects, info)
			}
		}
		return ctx.Err()
	})
	return objects, all, err
}

// List asks for a thousand keys at a time and goes on after the last one seen when a page fails. Objects that others have put
// under names that are no keys, or that a server names without being asked for them, are left out.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		last, stopped, n := "", false, 0
		err := s.retry(ctx, func(ctx context.Context, _ int) error {
			for o := range s.client.ListObjectsIter(withListing(ctx), s.at.bucket, minio.ListObjectsOptions{
				Prefix: s.at.prefix + prefix, Recursive: true, StartAfter: last,
			}) {
				if o.Err != nil {
					return s.explain("list", prefix, o.Err)
				}
				if n++; n > maxListing {
					return store.TooMany(s.URL(prefix))
				}
				last = o.Key
				info := s.info(o)
				asked := strings.HasPrefix(o.Key, s.at.prefix+prefix) && store.CheckKey(info.Key) == nil
				if asked && !yield(info, nil) {
					stopped = true
					return nil
				}
			}
			return ctx.Err() // an ended context ends the listing without an error
		})
		if err != nil && !stopped {
			yield(store.Info{}, err)
		}
	}
}

func (s *Store) info(o minio.ObjectInfo) store.Info {
	return store.Info{
		Key: strings.TrimPrefix(o.Key, s.at.prefix), Size: o.Size,
		ETag: strings.Trim(o.ETag, `"`), Modified: o.LastModified,
		Label: o.UserMetadata[label],
	}
}
