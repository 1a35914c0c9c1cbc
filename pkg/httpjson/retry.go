package httpjson

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// attempts is how often a request is made at most; the pauses double from firstPause, about 15 seconds in all.
	attempts   = 6
	firstPause = 500 * time.Millisecond
	// longestWait is how long a server may have us wait at once.
	longestWait = 5 * time.Minute
)

// passingError is a failure that a repetition may mend; final is what to say when it does not.
type passingError struct {
	final error
	after time.Duration // what the server asked for; 0: nothing
}

func (e *passingError) Error() string { return e.final.Error() }
func (e *passingError) Unwrap() error { return e.final }

// passing tells of a status that may be another one soon.
func passing(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout ||
		status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// retry makes a request until it succeeds or fails for good.
func (c *Client) retry(ctx context.Context, request func() error) error {
	pause := firstPause
	for n := 1; ; n++ {
		err := request()
		var p *passingError
		if err == nil || !errors.As(err, &p) {
			return err
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case n == attempts:
			return fmt.Errorf("%w; given up after %d attempts", p.final, n)
		case p.after > longestWait:
			return fmt.Errorf("%w; it asks to come back after %s, which is too long to wait here: run again later", p.final, p.after.Round(time.Second))
		}
		if err := c.pause(ctx, max(pause/2+rand.N(pause), p.after)); err != nil {
			return err
		}
		pause *= 2
	}
}

// Sleep waits on the clock, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// RetryAfter reads the header of that name: seconds, or a date (RFC 9110, 10.2.3). It is 0 where there is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// unreachable explains that there was no answer. The client's own error is not shown: it holds the whole address.
func (c *Client) unreachable(ctx context.Context, shown string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &certificate), errors.As(err, &unknown):
		return fmt.Errorf("%s: its certificate is not trusted (%w): for a certificate authority of your own set SSL_CERT_FILE to its PEM file", shown, err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("%s: there is no host %s: check the address", shown, dns.Name)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s: it does not speak TLS: check the address", shown)
	}
	return &passingError{final: fmt.Errorf("%s: no answer: %w", shown, err)}
}
