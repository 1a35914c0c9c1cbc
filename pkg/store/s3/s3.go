// Package s3 is an object store in an S3 bucket. Each write is a signed PUT with the SHA-256 of its content, and takes its
// condition with it. A large one is sent in parts, under its condition when it is completed and takes effect: where
// the client library does that by itself, the condition goes with its beginning, and several writers win.
package s3

import (
	"context"
	"errors"
	"fmt"
	"net/url"
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

// URL returns the address of key: https://ENDPOINT/BUCKET/KEY, or https://BUCKET.ENDPOINT/KEY, see Addressing.
func (s *Store) URL(key string) string {
	u := url.URL{Scheme: s.at.endpoint.Scheme, Host: s.at.endpoint.Host, Path: "/" + s.at.bucket + "/" + s.at.prefix + key}
	if s.at.virtualHost() {
		u.Host, u.Path = s.at.bucket+"."+u.Host, "/"+s.at.prefix+key
	}
	return u.String()
}
