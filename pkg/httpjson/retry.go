package httpjson

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
)

// retries is how requests are repeated: the waits are about 15 seconds in all.
var retries = backoff.Policy{Attempts: 6, First: 500 * time.Millisecond}

// unreachable returns the error for a request without a response. The client's own error is not shown: it holds the whole
// address.
func (c *Client) unreachable(ctx context.Context, shown string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	switch {
	case backoff.Untrusted(err):
		return fmt.Errorf("%s: its certificate is not trusted (%w): for your own certificate authority, set ca-file to its PEM file, or "+
			"SSL_CERT_FILE", shown, err)
	case backoff.UnknownHost(err) != "":
		return fmt.Errorf("%s: there is no host %s: check the address", shown, backoff.UnknownHost(err))
	case backoff.WithoutTLS(err):
		return fmt.Errorf("%s: it does not speak TLS: check the address", shown)
	}
	return &backoff.TransientError{Err: fmt.Errorf("%s: no answer: %w", shown, err)}
}
