// Package web reads a repository that a web server presents: by key, without a listing and without writes.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/pakman/build/pkg/store"
)

// Store gets objects below a URL.
type Store struct {
	base     *url.URL // its path ends in a slash
	client   *http.Client
	requests *atomic.Int64
}

var _ store.Store = (*Store)(nil)

// New returns the store below raw, an http or https URL. The transport must leave compressed content as it is.
func New(raw string, transport http.RoundTripper) (*Store, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, &store.Problem{What: "the address of the repository cannot be read", Hint: "give https://HOST/PATH"}
	case u.User != nil:
		return nil, &store.Problem{What: "the address of the repository holds a user name",
			Hint: "a private bucket is read as s3://BUCKET/PREFIX with the usual credentials"}
	case u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, &store.Problem{What: fmt.Sprintf("%q is not the address of a repository", raw), Hint: "give https://HOST/PATH"}
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/")+"/", ""
	if transport == nil {
		transport = http.DefaultTransport
	}
	requests := &atomic.Int64{}
	return &Store{base: u, client: &http.Client{Transport: counter{transport, requests}}, requests: requests}, nil
}

// Requests returns the number of requests that were sent until now. Attempts that failed and redirects count each.
func (s *Store) Requests() int64 { return s.requests.Load() }

// counter counts the requests that are sent.
type counter struct {
	http.RoundTripper
	n *atomic.Int64
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// Check sees that a server answers. Many do not list their root, so any answer will do.
func (s *Store) Check(ctx context.Context) error {
	r, err := s.request(ctx, http.MethodHead, "", "")
	if err != nil {
		return err
	}
	return r.Body.Close()
}

// Get asks for the whole object.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, store.Info, error) {
	r, err := s.ask(ctx, http.MethodGet, key, "") //nolint:bodyclose // the reader that is returned closes it
	if err != nil {
		return nil, store.Info{}, err
	}
	return store.Paced(r.Body), describe(key, r), nil
}

// Stat asks for the object's headers.
func (s *Store) Stat(ctx context.Context, key string) (store.Info, error) {
	r, err := s.ask(ctx, http.MethodHead, key, "")
	if err != nil {
		return store.Info{}, err
	}
	return describe(key, r), r.Body.Close()
}

// Range asks for a part of the object. Of a server that gives all of it, the rest is passed over.
func (s *Store) Range(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := s.ask(ctx, http.MethodGet, key, fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))
	if err != nil {
		return nil, err
	}
	r.Body = store.Paced(r.Body)
	if r.StatusCode == http.StatusOK {
		if _, err := io.CopyN(io.Discard, r.Body, offset); err != nil && !errors.Is(err, io.EOF) {
			return nil, errors.Join(err, r.Body.Close())
		}
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r.Body, length), r.Body}, nil
}

// describe reads the headers. The size is -1 if the server does not send it.
func describe(key string, r *http.Response) store.Info {
	info := store.Info{Key: key, Size: r.ContentLength, ETag: strings.Trim(r.Header.Get("ETag"), `"`)}
	if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil {
		info.Size = n
	}
	if t, err := http.ParseTime(r.Header.Get("Last-Modified")); err == nil {
		info.Modified = t
	}
	return info
}

// Put returns ErrUnsupported.
func (s *Store) Put(context.Context, string, store.Content, store.PutOptions) (store.Info, error) {
	return store.Info{}, s.cannot("be written to")
}

// Delete returns ErrUnsupported.
func (s *Store) Delete(context.Context, string) error { return s.cannot("be written to") }

// List returns ErrUnsupported.
func (s *Store) List(context.Context, string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) { yield(store.Info{}, s.cannot("be listed")) }
}

// SupportsConditions returns false: nothing can be written.
func (s *Store) SupportsConditions(context.Context, string, store.Content, store.PutOptions) (bool, error) {
	return false, nil
}

func (s *Store) cannot(what string) error {
	return fmt.Errorf("%s is a web server, which cannot %s: %w", s.base, what, store.ErrUnsupported)
}

// URL returns the address of key.
func (s *Store) URL(key string) string { return s.base.JoinPath(key).String() }
