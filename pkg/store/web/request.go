package web

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/pakman/build/pkg/store"
)

// attempts is how often a request that failed for a passing reason is made.
const attempts = 4

// ask requests key and explains every answer but a good one.
func (s *Store) ask(ctx context.Context, method, key, part string) (*http.Response, error) {
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	r, err := s.request(ctx, method, key, part)
	if err != nil || r.StatusCode == http.StatusOK || r.StatusCode == http.StatusPartialContent && part != "" {
		return r, err
	}
	defer func() { _ = r.Body.Close() }()
	switch r.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		return nil, fmt.Errorf("%s: %w", key, store.ErrNotFound)
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, &store.Problem{What: fmt.Sprintf("may not read %s: the server answered %s", s.URL(key), r.Status),
			Hint: "read a private bucket as s3://BUCKET/PREFIX with the usual credentials"}
	}
	return nil, fmt.Errorf("cannot read %s: the server answered %s", s.URL(key), r.Status)
}

// request asks again while the server is busy or does not answer.
func (s *Store) request(ctx context.Context, method, key, part string) (*http.Response, error) {
	for n, pause := 1, 200*time.Millisecond; ; n, pause = n+1, 2*pause {
		req, err := http.NewRequestWithContext(ctx, method, s.URL(key), nil)
		if err != nil {
			return nil, err
		}
		if part != "" {
			req.Header.Set("Range", part)
		}
		r, err := s.client.Do(req)
		switch {
		case ctx.Err() != nil:
			return nil, errors.Join(ctx.Err(), closed(r))
		case err == nil && (r.StatusCode < 500 && r.StatusCode != http.StatusTooManyRequests || n == attempts):
			return r, nil
		case n == attempts:
			return nil, &store.Problem{What: "cannot reach " + s.base.Redacted(), Err: err, Hint: "check the address, the network and the proxy settings"}
		}
		if err := closed(r); err != nil {
			return nil, err
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func closed(r *http.Response) error {
	if r == nil {
		return nil
	}
	return r.Body.Close()
}
