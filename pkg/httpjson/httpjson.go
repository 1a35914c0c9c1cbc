// Package httpjson exchanges JSON with a server over HTTPS. Requests that failed for a transient reason
// are repeated, after the wait that the server asks for. Errors contain no secrets.
package httpjson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/secret"
)

const (
	// timeout is that of one attempt: the bodies are small.
	timeout = 30 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 4 << 20
)

// Options are the settings of a Client besides the address.
type Options struct {
	Insecure  bool              // http:// is allowed to every host, not only to this machine
	Transport http.RoundTripper // nil: the usual one
	// Sleep waits between two attempts; nil: on the clock.
	Sleep func(context.Context, time.Duration) error
}

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	base     *url.URL
	http     *http.Client
	retries  backoff.Policy
	requests atomic.Int64
}

// New returns the client for the address that setting, such as INSTELLAR_ENDPOINT, holds. It asks nothing of the network.
func New(setting, address string, o Options) (*Client, error) {
	base, err := parse(setting, address, o.Insecure)
	if err != nil {
		return nil, err
	}
	c := &Client{base: base, retries: retries, http: &http.Client{
		Transport: o.Transport, Timeout: timeout,
		// A redirect could lead the tokens to another host, and turns a POST into a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.retries.Sleep = o.Sleep
	return c, nil
}

// Host returns the scheme and host of the server, the part of the address that may be shown.
func (c *Client) Host() string { return c.base.Scheme + "://" + c.base.Host }

// Requests returns how many requests were made so far, including repeated ones.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Request is one request of the server.
type Request struct {
	Method string
	Path   string // below the client's address, of escaped elements; empty: the address itself
	Header http.Header
	Body   []byte // JSON; nil: none
	// Secrets are redacted in what is shown of the response.
	Secrets []string
}

// Answer is the server's final response: neither 429 nor 5xx.
type Answer struct {
	Request Request
	Status  int
	Header  http.Header
	Body    []byte
	shown   string // the request, for errors
}

// Do makes the request until it has a final response. Its error is the network's, a *StatusError of an
// answer that kept coming, or the context's.
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	var answer *Answer
	err := c.retries.Do(ctx, func(int) (err error) {
		answer, err = c.once(ctx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// once makes one attempt. A failure that another attempt may not meet is a *backoff.TransientError.
func (c *Client) once(ctx context.Context, r Request) (*Answer, error) {
	address := *c.base
	if r.Path != "" {
		address = *c.base.JoinPath(r.Path)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, address.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	request.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"pakman"}}
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(request.Header, r.Header)
	c.requests.Add(1)
	shown := r.Method + " " + c.Host() + r.Path
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(ctx, shown, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, c.unreachable(ctx, shown, err)
	}
	answer := &Answer{Request: r, Status: response.StatusCode, Header: response.Header, Body: body, shown: shown}
	switch {
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%s: the response has more than %d bytes", shown, maxAnswer)
	case backoff.TransientStatus(answer.Status):
		return nil, &backoff.TransientError{Err: answer.Unexpected(""), After: backoff.RetryAfter(response.Header, time.Now())}
	}
	return answer, nil
}

// Decode reads the answer's JSON. Its error shows nothing of the body, which may hold credentials.
func (a *Answer) Decode(into any) error {
	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("%s: the answer (%d bytes of %q) is not what the protocol says: %w", a.shown, len(a.Body),
			a.Header.Get("Content-Type"), err)
	}
	return nil
}

// Unexpected returns the error of a response with an unexpected status. hint says what to do.
func (a *Answer) Unexpected(hint string) error {
	e := &StatusError{Asked: a.shown, Status: a.Status, Text: a.excerpt(), Hint: hint}
	if location := a.Header.Get("Location"); a.Status/100 == 3 && location != "" {
		e.Text, e.Hint = "", "it redirects to "+secret.Redact(origin(location), a.Request.Secrets...)+
			": give the address that it redirects to"
	}
	return e
}

// excerpt returns the beginning of the body, in one line that can be shown and without secrets.
func (a *Answer) excerpt() string {
	const longest = 300
	text := visible.Line(strings.Join(strings.Fields(secret.Redact(strings.ToValidUTF8(string(a.Body), "�"), a.Request.Secrets...)), " "))
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return text
}

// StatusError is a response with an unexpected status.
type StatusError struct {
	Asked  string // "POST https://example.com/path"
	Status int
	Text   string // the beginning of the body
	Hint   string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: answered %d %s", e.Asked, e.Status, http.StatusText(e.Status))
	if e.Text != "" {
		text += " (" + e.Text + ")"
	}
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// ErrAddress is the error for an address that cannot be used, which the user can fix.
var ErrAddress = errors.New("cannot be used")
