// Package s3 is an object store in an S3 bucket. Each write is a signed PUT with the SHA-256 of its content, and takes its
// condition with it. A large one is sent in parts, under its condition when it is completed and takes effect: where
// the client library does that by itself, the condition goes with its beginning, and several writers win.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/pakman/build/pkg/store"
)

// Store keeps objects below a prefix of a bucket.
type Store struct {
	client *minio.Core
	at     address
	signed bool // there are credentials
	// encryption is asked for each object that is written; nil: the bucket's default
	encryption encrypt.ServerSide
	cfg        Config
	requests   *atomic.Int64
	probe      struct {
		sync.Mutex
		done, honoured bool
	}
}

var _ store.Store = (*Store)(nil)

// New returns the store that cfg means. It asks nothing of the network: Check does.
func New(cfg Config) (*Store, error) {
	at, err := cfg.address()
	if err == nil {
		err = cfg.checkWriteOptions()
	}
	if err != nil {
		return nil, err
	}
	encryption, err := cfg.serverSide()
	if err != nil {
		return nil, err
	}
	reached := cfg.Transport
	if reached == nil {
		if reached, err = minio.DefaultTransport(at.endpoint.Scheme == "https"); err != nil {
			return nil, err
		}
	}
	tokens := cfg.TokenTransport
	if tokens == nil {
		tokens = reached
	}
	requests := &atomic.Int64{}
	creds, err := cfg.credentials(at, transport{next: tokens, requests: requests})
	if err != nil {
		return nil, err
	}
	client, err := minio.NewCore(at.endpoint.Host, &minio.Options{
		Creds:        creds,
		Secure:       at.endpoint.Scheme == "https",
		Region:       at.region,
		BucketLookup: at.lookup(),
		Transport:    transport{next: reached, requests: requests},
		MaxRetries:   1, // the store retries by itself: it must know which answers were lost
	})
	if err != nil {
		return nil, &store.Problem{What: fmt.Sprintf("cannot use the endpoint %s", at.endpoint), Err: err,
			Hint: "give " + cfg.setting("endpoint") + " as https://HOST or https://HOST:PORT, without a path"}
	}
	return &Store{client: client, at: at, signed: creds != nil, encryption: encryption, cfg: cfg, requests: requests}, nil
}

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

// Requests returns the number of requests that were sent until now, to the store and to the token service of its role: attempts
// that failed, pages of listings and parts of uploads count each.
func (s *Store) Requests() int64 { return s.requests.Load() }

// Endpoint returns the address of the server.
func (s *Store) Endpoint() string { return s.at.endpoint.String() }

// Writable returns an error for what is missing to write, as far as that is known without writing.
func (s *Store) Writable() error {
	if s.signed {
		return nil
	}
	return &store.Problem{
		What: fmt.Sprintf("no credentials for bucket %q at %s", s.at.bucket, s.at.endpoint),
		Hint: s.cfg.credentialsHint(),
	}
}

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

// Delete removes the object.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := store.CheckKey(key); err != nil {
		return err
	}
	err := s.retry(ctx, func(ctx context.Context, _ int) error {
		return s.explain("delete", key, s.client.RemoveObject(ctx, s.at.bucket, s.at.prefix+key, minio.RemoveObjectOptions{}))
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
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
	}
}

// URL returns the address of key: https://ENDPOINT/BUCKET/KEY, or https://BUCKET.ENDPOINT/KEY, see Addressing.
func (s *Store) URL(key string) string {
	u := url.URL{Scheme: s.at.endpoint.Scheme, Host: s.at.endpoint.Host, Path: "/" + s.at.bucket + "/" + s.at.prefix + key}
	if s.at.virtualHost() {
		u.Host, u.Path = s.at.bucket+"."+u.Host, "/"+s.at.prefix+key
	}
	return u.String()
}
