package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

// Bounds of the store's answers that are no content of an object, which the client library reads whole.
const (
	maxAnswer   = 16 << 20         // bytes: a page of a listing has a thousand keys
	listingTime = 30 * time.Minute // of all pages of a listing
)

// Bounds of a listing, smaller in tests: pages, also empty ones, and objects.
var (
	maxPages   = 20_000
	maxListing = store.MaxListing
)

type (
	askedKey   struct{}
	listingKey struct{}
)

// listing is one run through the pages of a listing.
type listing struct {
	begun time.Time
	seen  map[string]bool // continuation tokens
}

func withListing(ctx context.Context) context.Context {
	return context.WithValue(ctx, listingKey{}, &listing{begun: time.Now(), seen: map[string]bool{}})
}

// errOnePage ends a listing of which only the first page is wanted.
var errOnePage = errors.New("the listing has more than one page")

type onePageKey struct{}

func withOnePage(ctx context.Context) context.Context {
	return context.WithValue(ctx, onePageKey{}, true)
}

// next is asked before each page.
func (l *listing) next(token string) error {
	refused := func(what string) error {
		return &store.Problem{What: "the store's listing does not end: " + what,
			Hint: "check --endpoint (in the action, the input endpoint), or report it to the operator of the store"}
	}
	switch {
	case l.seen[token]:
		return refused("it returned the same continuation token twice")
	case len(l.seen) == maxPages:
		return refused(fmt.Sprintf("it has more than %d pages", maxPages))
	case time.Since(l.begun) > listingTime:
		return refused(fmt.Sprintf("it takes more than %s", listingTime))
	}
	l.seen[token] = true
	return nil
}

// transport sees the store's answers before the client library does, which tells nothing of Retry-After and bounds little.
type transport struct {
	next     http.RoundTripper
	requests *atomic.Int64
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, query := r.Context(), r.URL.Query()
	if l, ok := ctx.Value(listingKey{}).(*listing); ok && query.Has("list-type") {
		if err := l.next(query.Get("continuation-token")); err != nil {
			return nil, err
		}
	}
	if ctx.Value(onePageKey{}) != nil && query.Has("continuation-token") {
		return nil, errOnePage
	}
	t.requests.Add(1)
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if asked, ok := ctx.Value(askedKey{}).(*time.Duration); ok && backoff.TransientStatus(response.StatusCode) {
		*asked = backoff.RetryAfter(response.Header, time.Now())
	}
	response.Body = store.Paced(response.Body)
	if r.Method != http.MethodGet || len(query) > 0 || response.StatusCode >= http.StatusMultipleChoices {
		response.Body = &answer{ReadCloser: response.Body, left: maxAnswer}
	}
	return response, nil
}

// answer is a body of a bounded length.
type answer struct {
	io.ReadCloser
	left int64
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return 0, &store.Problem{What: fmt.Sprintf("the store's answer has more than %d bytes", maxAnswer),
			Hint: "check --endpoint (in the action, the input endpoint)"}
	}
	return n, err
}
