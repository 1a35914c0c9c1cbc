package open

import (
	"context"
	"sync"
	"time"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
)

// Begin returns the store that raw names, and begins to reach it, so that the caller can do other work meanwhile. Unlike URL, it
// does not wait until it is known that the store exists and permits access: the store's Check or Glance does.
func Begin(ctx context.Context, raw string, cfg Config) (store.Store, error) {
	st, err := parse(raw, cfg)
	if err != nil {
		return nil, err
	}
	if b, ok := st.(*bucketStore); ok {
		b.begin(ctx)
		return b, nil
	}
	return st, st.Check(ctx)
}

// bucketStore is an S3 store that knows how the user named it.
type bucketStore struct {
	*s3.Store
	explain func(error) error
	mu      sync.Mutex
	begun   *glance
}

// glance is what a Glance returned, or will return.
type glance struct {
	done    chan struct{}
	at      time.Time // when it was asked for
	objects []store.Info
	all     bool
	err     error
}

// glanceAge is how long what was seen at a glance is current.
const glanceAge = 10 * time.Second

// begin glances at the store for the next Check or Glance.
func (b *bucketStore) begin(ctx context.Context) {
	g := &glance{done: make(chan struct{}), at: time.Now()}
	b.begun = g
	go func() {
		defer close(g.done)
		g.objects, g.all, g.err = b.Store.Glance(ctx)
	}()
}

// Glance returns the glance that was begun, else that of the store.
func (b *bucketStore) Glance(ctx context.Context) (objects []store.Info, all bool, err error) {
	if g := b.wait(ctx, true); g != nil {
		return g.objects, g.all, b.explain(g.err)
	}
	objects, all, err = b.Store.Glance(ctx)
	return objects, all, b.explain(err)
}

// Check waits for the glance that was begun, else it calls the store's Check.
func (b *bucketStore) Check(ctx context.Context) error {
	if g := b.wait(ctx, false); g != nil {
		return b.explain(g.err)
	}
	return b.explain(b.Store.Check(ctx))
}

// wait returns the glance that was begun, once, when it has ended; nil if there is none or if it is too old.
func (b *bucketStore) wait(ctx context.Context, take bool) *glance {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.begun
	if g == nil || time.Since(g.at) > glanceAge {
		return nil
	}
	select {
	case <-g.done:
	case <-ctx.Done():
		return nil
	}
	if take {
		b.begun = nil
	}
	return g
}
