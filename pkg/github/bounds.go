package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// What an answer may have at most, so that a server that never ends neither fills the memory nor holds the run up.
const (
	maxAnswer  = 64 << 20 // bytes: a hundred releases with long texts and a thousand assets each stay below
	answerTime = 5 * time.Minute
	slowest    = 32 << 10 // bytes per second of a file that is sent or received; it adds to the time
	// maxPages is how many pages of a list are read. GitHub itself shows no more than 10,000 items of one.
	maxPages = 100
	// maxMessage is how much of what a server says is shown, in characters.
	maxMessage = 500
)

// boundError is an answer that goes beyond a bound. The same request would meet it again.
type boundError struct{ text string }

func (e *boundError) Error() string { return e.text }

type contentSize struct{}

// withContent returns a context for a request whose answer is a file of that size.
func withContent(ctx context.Context, size int64) context.Context {
	return context.WithValue(ctx, contentSize{}, size)
}

// bounded makes a request whose answer, body included, has bounds of time and size.
func (t *transport) bounded(r *http.Request) (*http.Response, error) {
	size, _ := r.Context().Value(contentSize{}).(int64)
	limit := t.answerTime + time.Duration((max(r.ContentLength, 0)+max(size, 0))/slowest)*time.Second
	ctx, cancel := context.WithTimeoutCause(r.Context(), limit,
		&boundError{fmt.Sprintf("the response takes longer than the %s that are allowed", limit)})
	response, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		err = causeOf(ctx, err)
		cancel()
		return nil, err
	}
	most := max(maxAnswer, size)
	response.Body = &boundedBody{ReadCloser: response.Body, ctx: ctx, cancel: cancel, left: most, limit: most}
	return response, nil
}

// causeOf returns the bound for an error that the end of its time has made.
func causeOf(ctx context.Context, err error) error {
	if bound, ok := errors.AsType[*boundError](context.Cause(ctx)); ok {
		return bound
	}
	return err
}

type boundedBody struct {
	io.ReadCloser
	ctx         context.Context //nolint:containedctx // that of the request to which the body belongs
	cancel      context.CancelFunc
	left, limit int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLong()
	}
	if int64(len(p)) > b.left {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, b.tooLong()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = causeOf(b.ctx, err)
	}
	return n, err
}

func (b *boundedBody) tooLong() error {
	return &boundError{fmt.Sprintf("the response is longer than the %d bytes that are allowed", b.limit)}
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// nextPage returns the page after one of a list; 0 where it is the last.
func nextPage(what string, page, next int) (int, error) {
	switch {
	case next == 0:
		return 0, nil
	case next <= page:
		return 0, &boundError{fmt.Sprintf("the list of %s leads from page %d to page %d and would never end", what, page, next)}
	case page >= maxPages:
		return 0, &boundError{fmt.Sprintf("the list of %s has more than the %d pages that are allowed", what, maxPages)}
	}
	return next, nil
}
