package github

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/secret"
)

const (
	// tries is how often one request is made at most; the pauses double from firstPause.
	tries      = 6
	firstPause = time.Second
	// secondaryPause is the first one after a secondary limit that does not say when to come back: GitHub asks for
	// at least a minute.
	secondaryPause = time.Minute
	// longestWait is how long one request may wait for limits and troubles to pass, all in all.
	longestWait = 15 * time.Minute
	// maxRefusal bounds what is read of an answer that refuses, in bytes.
	maxRefusal = 64 << 10
)

// transport makes requests again that a limit or the server's trouble stopped, and shows the token to the
// repository's servers alone: a redirect may lead elsewhere.
type transport struct {
	next  http.RoundTripper
	token secret.String
	pause func(context.Context, time.Duration) error
	// answerTime is how long one attempt may take, beside the time for a file.
	answerTime time.Duration

	mu    sync.Mutex
	hosts map[string]bool // those that get the token
}

// limitError is a limit that stops the token for some time.
type limitError struct {
	wait  time.Duration
	final bool // it ends too late to wait for
}

func (e *limitError) Error() string {
	text := fmt.Sprintf("a rate limit stops the token for another %s", e.wait.Round(time.Second))
	if e.final {
		text += ", which is too long to wait here: run again later"
	}
	return text
}

// trust adds a server that gets the token.
func (t *transport) trust(host string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hosts[host] = true
}

func (t *transport) trusts(host string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hosts[host]
}

// RoundTrip makes the request until it is answered for good. What creates something is made again only where it is
// sure that the server did nothing.
func (t *transport) RoundTrip(r *http.Request) (response *http.Response, err error) {
	policy := backoff.Policy{Attempts: tries, First: firstPause, MaxWait: longestWait, MaxTotal: longestWait, Sleep: t.pause}
	if r.Body != nil && r.GetBody == nil {
		policy.Attempts = 1
	}
	failed := policy.Do(r.Context(), func(n int) error {
		if response != nil {
			_ = response.Body.Close()
		}
		if response, err = t.once(r, n); err != nil { //nolint:bodyclose // the caller closes it
			response = nil
		}
		return transient(r, response, err, n)
	})
	var gaveUp *backoff.GaveUpError
	var limit *limitError
	switch {
	case errors.As(failed, &limit):
		_ = response.Body.Close()
		return nil, &limitError{wait: limit.wait, final: true}
	case failed == nil || errors.As(failed, &gaveUp):
		return response, err // the last answer, whatever it is
	case response != nil:
		_ = response.Body.Close()
	}
	return nil, failed
}

// transient returns the outcome of the n-th attempt as backoff needs it: nil where it is the last one.
func transient(r *http.Request, response *http.Response, err error, n int) error {
	switch {
	case err != nil && errors.As(err, new(*boundError)):
		return nil
	case err != nil && repeatable(r):
		return &backoff.TransientError{Err: err}
	case err != nil:
		return nil
	case limited(response):
		wait := limitOf(response, n, time.Now())
		return &backoff.TransientError{Err: &limitError{wait: wait}, After: wait}
	case response.StatusCode >= http.StatusInternalServerError && response.StatusCode != http.StatusNotImplemented && repeatable(r):
		return &backoff.TransientError{Err: fmt.Errorf("GitHub answered %s", response.Status),
			After: backoff.RetryAfter(response.Header, time.Now())}
	}
	return nil
}

// once makes the n-th attempt.
func (t *transport) once(r *http.Request, n int) (*http.Response, error) {
	attempt := r.Clone(r.Context())
	if n > 1 && r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		attempt.Body = body
	}
	attempt.Header.Del("Authorization")
	if t.trusts(r.URL.Host) {
		attempt.Header.Set("Authorization", "Bearer "+t.token.Reveal())
	}
	response, err := t.bounded(attempt)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < http.StatusBadRequest {
		// The client above would refuse, without asking, whatever follows the last request that a limit allows.
		response.Header.Del("X-Ratelimit-Remaining")
		response.Header.Del("X-Ratelimit-Reset")
	}
	if response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusTooManyRequests {
		text, err := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
		_ = response.Body.Close()
		if err != nil {
			return nil, err
		}
		response.Body = io.NopCloser(bytes.NewReader(text))
	}
	return response, nil
}

// repeatable reports whether a request does the same when it is made twice.
func repeatable(r *http.Request) bool { return r.Method != http.MethodPost }

// limited reports whether an answer is that of a rate limit, primary or secondary.
func limited(r *http.Response) bool {
	switch r.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return r.Header.Get("Retry-After") != "" || r.Header.Get("X-Ratelimit-Remaining") == "0" || secondary(r)
	}
	return false
}

// secondary reads what the answer says: a secondary limit need not have a header of its own.
func secondary(r *http.Response) bool {
	text, _ := io.ReadAll(r.Body) // once has read it
	r.Body = io.NopCloser(bytes.NewReader(text))
	return strings.Contains(strings.ToLower(string(text)), "secondary rate limit")
}

// limitOf returns how long a limit wants the n-th attempt to wait.
func limitOf(r *http.Response, n int, now time.Time) time.Duration {
	if wait := backoff.RetryAfter(r.Header, now); wait > 0 {
		return wait
	}
	reset, err := strconv.ParseInt(r.Header.Get("X-Ratelimit-Reset"), 10, 64)
	if err == nil && r.Header.Get("X-Ratelimit-Remaining") == "0" {
		return max(0, time.Unix(reset, 0).Sub(now)) + time.Second // it counts in whole seconds
	}
	return secondaryPause << (n - 1)
}
