package runnercache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/secret"
)

// service is the path of the RPC. It begins at the root of the host, whatever path ACTIONS_RESULTS_URL has.
const service = "/twirp/github.actions.results.api.v1.CacheService/"

// call calls a method of the service.
func (c *Client) call(ctx context.Context, method string, request map[string]any, into any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	address := (&url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: service + method}).String()
	attempt := attempt{what: method, rpc: true, time: callTime, accept: []int{http.StatusOK}}
	attempt.request = func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err == nil {
			r.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
			r.Header.Set("Content-Type", "application/json")
		}
		return r, err
	}
	attempt.read = func(r *http.Response) error {
		text, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
		if err != nil {
			return &backoff.TransientError{Err: fmt.Errorf("%s: no answer: %w", method, withoutAddress(err))}
		}
		if err := json.Unmarshal(text, into); err != nil {
			return fmt.Errorf("%s: the answer is not what the protocol says: %w", method, err)
		}
		return nil
	}
	return c.do(ctx, attempt)
}

// attempt is a request that may be made several times.
type attempt struct {
	what    string // for errors
	rpc     bool   // not of the blob store
	time    time.Duration
	accept  []int // statuses of success
	request func(context.Context) (*http.Request, error)
	read    func(*http.Response) error // of a success; nil: nothing is read
}

// do makes attempts until one succeeds or no other one would.
func (c *Client) do(ctx context.Context, a attempt) error {
	return c.retries.Do(ctx, func(int) error {
		ctx, cancel := context.WithTimeoutCause(ctx, a.time, errors.New("it takes too long"))
		defer cancel()
		request, err := a.request(ctx)
		if err != nil {
			return withoutAddress(err)
		}
		request.Header.Set("User-Agent", "pakman")
		response, err := c.http.Do(request)
		if err != nil {
			return &backoff.TransientError{Err: fmt.Errorf("%s: no answer: %w", a.what, withoutAddress(err))}
		}
		defer response.Body.Close()
		switch {
		case !slices.Contains(a.accept, response.StatusCode):
			return c.refusal(a, response)
		case a.read == nil:
			return nil
		}
		return a.read(response)
	})
}

// withoutAddress returns an error of the HTTP client without the address, which may be signed.
func withoutAddress(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// refusal is the error of another status than was asked for.
func (c *Client) refusal(a attempt, r *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(r.Body, maxAnswer)) // only for the message
	var said struct{ Code, Msg string }
	known := json.Unmarshal(text, &said) == nil && said.Code != ""
	err := fmt.Errorf("%s: answered %d %s", a.what, r.StatusCode, http.StatusText(r.StatusCode))
	if reason := strings.TrimSpace(said.Code + " " + said.Msg + " " + r.Header.Get("X-Ms-Error-Code")); reason != "" {
		err = c.because(err, reason)
	}
	switch {
	case backoff.TransientStatus(r.StatusCode):
		return &backoff.TransientError{Err: err, After: backoff.RetryAfter(r.Header, time.Now())}
	case r.StatusCode == http.StatusUnauthorized, r.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case a.rpc && r.StatusCode == http.StatusConflict:
		return ErrReserved
	case a.rpc && (r.StatusCode == http.StatusNotFound && !known || said.Code == "bad_route"):
		return ErrAbsent
	}
	return err
}

// because adds to an error what the service says of it.
func (c *Client) because(err error, reason string) error {
	const longest = 200
	return fmt.Errorf("%w (%.*s)", err, longest, visible.Line(secret.Redact(strings.ToValidUTF8(reason, "�"), c.Token.Reveal())))
}
