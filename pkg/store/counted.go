package store

import (
	"context"
	"io"
	"iter"
	"sync/atomic"
)

// Traffic is what was asked of a store.
type Traffic struct {
	Requests int64 `json:"requests"` // as they were sent, see Requester; elsewhere calls of the store
	Sent     int64 `json:"sent"`     // bytes of content
	Received int64 `json:"received"` // bytes of content
}

// Plus returns the sum of both counts.
func (t Traffic) Plus(o Traffic) Traffic {
	return Traffic{Requests: t.Requests + o.Requests, Sent: t.Sent + o.Sent, Received: t.Received + o.Received}
}

// Requester is a store that counts the requests that it sends: attempts that failed, redirects, pages of listings, parts of
// uploads and requests for tokens count each.
type Requester interface {
	// Requests returns the number of requests until now.
	Requests() int64
}

// Counted is a store that counts what is asked of it.
type Counted struct {
	Store
	before                   int64 // requests of the Requester, when it was wrapped
	requests, sent, received atomic.Int64
}

// Count wraps st.
func Count(st Store) *Counted {
	c := &Counted{Store: st}
	if r, ok := st.(Requester); ok {
		c.before = r.Requests()
	}
	return c
}

// Requests counts as the store does, if it does.
func (c *Counted) Requests() int64 {
	if r, ok := c.Store.(Requester); ok {
		return r.Requests() - c.before
	}
	return c.requests.Load()
}

// Traffic returns the counts so far.
func (c *Counted) Traffic() Traffic {
	return Traffic{Requests: c.Requests(), Sent: c.sent.Load(), Received: c.received.Load()}
}

// Get counts the bytes that are read.
func (c *Counted) Get(ctx context.Context, key string) (io.ReadCloser, Info, error) {
	c.requests.Add(1)
	r, info, err := c.Store.Get(ctx, key)
	if err != nil {
		return nil, info, err
	}
	return &countedReader{ReadCloser: r, n: &c.received}, info, nil
}

// Range counts the bytes that are read.
func (c *Counted) Range(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	c.requests.Add(1)
	r, err := c.Store.Range(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	return &countedReader{ReadCloser: r, n: &c.received}, nil
}

// Stat counts one request.
func (c *Counted) Stat(ctx context.Context, key string) (Info, error) {
	c.requests.Add(1)
	return c.Store.Stat(ctx, key)
}

// Put counts the content as sent.
func (c *Counted) Put(ctx context.Context, key string, content Content, o PutOptions) (Info, error) {
	c.requests.Add(1)
	c.sent.Add(content.Size())
	return c.Store.Put(ctx, key, content, o)
}

// Delete counts one request.
func (c *Counted) Delete(ctx context.Context, key string) error {
	c.requests.Add(1)
	return c.Store.Delete(ctx, key)
}

// List counts one request.
func (c *Counted) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	c.requests.Add(1)
	return c.Store.List(ctx, prefix)
}

type countedReader struct {
	io.ReadCloser
	n *atomic.Int64
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.n.Add(int64(n))
	return n, err
}
