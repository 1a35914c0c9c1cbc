package runnercache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/internal/backoff"
)

// Download writes the content of an entry and returns its size. What is written after an error is not the content.
func (c *Client) Download(ctx context.Context, e *Entry, to io.WriterAt) (int64, error) {
	first := transfer{to: to, length: blockSize} // tells the size of all
	if err := c.get(ctx, e.address, &first); err != nil || first.all {
		return first.total, err
	}
	group, blocks := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for offset := int64(blockSize); offset < first.total; offset += blockSize {
		group.Go(func() error {
			part := transfer{to: to, offset: offset, length: min(blockSize, first.total-offset), total: first.total}
			return c.get(blocks, e.address, &part)
		})
	}
	return first.total, group.Wait()
}

// transfer is a range of an entry.
type transfer struct {
	to             io.WriterAt
	offset, length int64
	total          int64 // bytes of the entry; 0: the answer tells
	all            bool  // the server ignores ranges, and all was written
}

func (c *Client) get(ctx context.Context, address string, t *transfer) error {
	return c.do(ctx, attempt{what: "download", time: blockTime, accept: []int{http.StatusPartialContent, http.StatusOK},
		request: func(ctx context.Context) (*http.Request, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
			if err == nil {
				r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", t.offset, t.offset+t.length-1))
				r.Header.Set("Accept-Encoding", "identity")
			}
			return r, err
		}, read: t.read})
}

// errTruncated says that the connection ended too early.
var errTruncated = errors.New("download: the answer is shorter than it says")

// read writes an answer.
func (t *transfer) read(r *http.Response) error {
	var want int64
	switch {
	case r.StatusCode == http.StatusPartialContent:
		var first, last, total int64
		if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil {
			return errors.New("download: the answer has no Content-Range")
		}
		want = min(t.length, total-t.offset)
		if first != t.offset || last-first+1 != want || t.offset > 0 && total != t.total {
			return errors.New("download: the answer is another range than was asked for")
		}
		t.total, t.all = total, false
	case t.offset > 0:
		return errors.New("download: the server takes ranges only sometimes")
	default:
		want, t.total, t.all = r.ContentLength, r.ContentLength, true
	}
	if t.total > MaxSize {
		return ErrTooLarge
	}
	return t.write(r.Body, want)
}

// write writes as many bytes as are wanted, or all where want is negative.
func (t *transfer) write(body io.Reader, want int64) error {
	most := want
	if want < 0 {
		most = MaxSize
	}
	n, err := io.Copy(io.NewOffsetWriter(t.to, t.offset), io.LimitReader(body, most+1))
	switch {
	case err != nil:
		return &backoff.TransientError{Err: fmt.Errorf("download: %w", withoutAddress(err))}
	case n > most && want < 0:
		return ErrTooLarge
	case n != want && want >= 0:
		return &backoff.TransientError{Err: errTruncated}
	}
	if want < 0 {
		t.total = n
	}
	return nil
}
