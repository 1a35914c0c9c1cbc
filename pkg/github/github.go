// Package github speaks the REST API of GitHub, of GitHub Enterprise Server, and as much of it as Gitea and Forgejo
// have: release assets and deployments. Whatever it does can be repeated: what is there already is left as it is.
package github

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	api "github.com/google/go-github/v58/github"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/secret"
)

// Options are what a Client needs to be told.
type Options struct {
	Host       Host
	Repository string // OWNER/NAME
	Token      secret.String
	Transport  http.RoundTripper // nil: the usual one
	// Pause waits between two attempts; nil: on the clock.
	Pause func(context.Context, time.Duration) error
}

// Client speaks to one repository.
type Client struct {
	host        Host
	owner, name string
	api         *api.Client
	transport   *transport
	pause       func(context.Context, time.Duration) error
}

// New returns the client. It asks nothing of the network.
func New(o Options) (*Client, error) {
	owner, name, ok := strings.Cut(o.Repository, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("GITHUB_REPOSITORY: %q is not OWNER/NAME", o.Repository)
	}
	if o.Token.Empty() {
		return nil, errors.New("input github-token is empty: remove it, or give it as `github-token: ${{ github.token }}`")
	}
	base, err := url.Parse(o.Host.API + "/")
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("GITHUB_API_URL: %q is not the address of a server", o.Host.API)
	}
	c := &Client{host: o.Host, owner: owner, name: name, pause: o.Pause}
	if c.pause == nil {
		c.pause = backoff.Sleep
	}
	c.transport = &transport{next: o.Transport, token: o.Token, pause: c.pause, answerTime: answerTime,
		hosts: map[string]bool{base.Host: true}}
	if c.transport.next == nil {
		c.transport.next = usual()
	}
	c.api = api.NewClient(&http.Client{Transport: c.transport})
	c.api.BaseURL, c.api.UploadURL, c.api.UserAgent = base, base, "pakman"
	return c, nil
}

// usual returns a transport that does not wait forever for a response.
func usual() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // it is one by its documentation
	t.ResponseHeaderTimeout = 5 * time.Minute
	return t
}

// path returns the path of something in the repository, for the client's base address.
func (c *Client) path(format string, args ...any) string {
	return "repos/" + url.PathEscape(c.owner) + "/" + url.PathEscape(c.name) + "/" + fmt.Sprintf(format, args...)
}

// attempts is how often something is tried whose outcome an error leaves open.
const attempts = 4

// again does something until its outcome is sure: do looks first what is there. A failure after which it is unknown
// whether the server did it is followed by another try.
func (c *Client) again(ctx context.Context, do func() error) error {
	err := backoff.Policy{Attempts: attempts, First: time.Second, Sleep: c.pause}.Do(ctx, func(int) error {
		err := do()
		if err != nil && open(err) && ctx.Err() == nil {
			return &backoff.TransientError{Err: err}
		}
		return err
	})
	if gaveUp, ok := errors.AsType[*backoff.GaveUpError](err); ok {
		return gaveUp.Err
	}
	return err
}

// open reports whether an error leaves open what the server did: its own, the network's, or that something exists by now.
func open(err error) bool {
	for _, final := range []any{new(*limitError), new(*refusedError), new(*movedError), new(*boundError), new(*fs.PathError)} {
		if errors.As(err, final) {
			return false
		}
	}
	switch status := statusOf(err); {
	case status == 0, status >= http.StatusInternalServerError, status == http.StatusConflict:
		return true
	case status == http.StatusUnprocessableEntity:
		return exists(err)
	}
	return false
}
