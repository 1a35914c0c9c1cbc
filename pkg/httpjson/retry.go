package httpjson

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
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
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &certificate), errors.As(err, &unknown):
		return fmt.Errorf(
			"%s: its certificate is not trusted (%w): for your own certificate authority, set SSL_CERT_FILE to its PEM file", shown,
			err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("%s: there is no host %s: check the address", shown, dns.Name)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s: it does not speak TLS: check the address", shown)
	}
	return &backoff.TransientError{Err: fmt.Errorf("%s: no answer: %w", shown, err)}
}
