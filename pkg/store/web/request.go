package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

// retries is how requests are made again that failed for a transient reason.
var retries = backoff.Policy{Attempts: 4, First: 200 * time.Millisecond}

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
	return nil, s.refused(key, r)
}

// request asks again while the server is busy or does not answer. Answers that it understands are the caller's to explain.
func (s *Store) request(ctx context.Context, method, key, part string) (answer *http.Response, err error) {
	err = retries.Do(ctx, func(int) error {
		req, err := http.NewRequestWithContext(ctx, method, s.URL(key), nil)
		if err != nil {
			return err
		}
		if part != "" {
			req.Header.Set("Range", part)
		}
		answer, err = s.client.Do(req) //nolint:bodyclose // the caller closes it
		if err != nil {
			return &backoff.TransientError{Err: &store.Problem{What: "cannot reach " + s.base.Redacted(), Err: err,
				Hint: "check the address, the network and the proxy settings"}}
		}
		if !backoff.TransientStatus(answer.StatusCode) {
			return nil
		}
		after := backoff.RetryAfter(answer.Header, time.Now())
		return &backoff.TransientError{Err: errors.Join(s.refused(key, answer), answer.Body.Close()), After: after}
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// refused is the error of an answer that is not understood.
func (s *Store) refused(key string, r *http.Response) error {
	return fmt.Errorf("cannot read %s: the server answered %s", s.URL(key), r.Status)
}
