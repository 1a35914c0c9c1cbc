package repository_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

// distant is a store that is one tick away: each request takes that long, so that the time that passes counts the requests that
// wait for each other.
type distant struct {
	*memory
	mu       sync.Mutex
	requests []string
	probe    sync.Once
}

const tick = time.Second

func (d *distant) travel(what string) {
	d.mu.Lock()
	d.requests = append(d.requests, what)
	d.mu.Unlock()
	time.Sleep(tick)
}

func (d *distant) Get(ctx context.Context, key string) (io.ReadCloser, store.Info, error) {
	d.travel("get " + key)
	return d.memory.Get(ctx, key)
}

func (d *distant) Stat(ctx context.Context, key string) (store.Info, error) {
	d.travel("stat " + key)
	return d.memory.Stat(ctx, key)
}

func (d *distant) Put(ctx context.Context, key string, c store.Content, o store.PutOptions) (store.Info, error) {
	if o.Probe {
		var probe sync.WaitGroup
		probe.Go(func() { d.probe.Do(func() { d.travel("probe") }) })
		defer probe.Wait()
	}
	d.travel("put " + key)
	return d.memory.Put(ctx, key, c, o)
}

func (d *distant) Glance(ctx context.Context) ([]store.Info, bool, error) {
	d.travel("glance")
	return d.memory.Glance(ctx)
}

func (d *distant) SupportsConditions(ctx context.Context, key string, c store.Content, o store.PutOptions) (bool, error) {
	d.probe.Do(func() { d.travel("probe") }) // the answer is kept
	return d.memory.SupportsConditions(ctx, key, c, o)
}

// A publish of both indexes and the page waits for a distant store four times, and one that changes nothing once.
func TestRounds(t *testing.T) {
	key := testKey(t)
	first, second := mustPack(t, "blog", "1.0-r0", "x86_64", "1", key), mustPack(t, "blog", "1.1-r0", "x86_64", "2", key)
	m := &memory{objects: map[string]string{}}
	for _, c := range []struct {
		what, file string
		rounds     time.Duration
		requests   int
	}{
		{"the first publish", first, 4, 9},
		{"another version", second, 4, 8},
		{"nothing new", second, 1, 3},
		{"an older one again", first, 1, 3},
	} {
		var requests []string
		synctest.Test(t, func(t *testing.T) {
			d := &distant{memory: m}
			r := request(key, c.file)
			r.Page = plain
			begun := time.Now()
			rep := publish(t, d, r)
			if took := time.Since(begun); took > c.rounds*tick || rep.Page != nil {
				t.Errorf("%s waits for %v rounds, %v: %q", c.what, took.Seconds(), rep.Page, d.requests)
			}
			requests = d.requests
		})
		if len(requests) > c.requests {
			t.Errorf("%s makes %d requests: %q", c.what, len(requests), requests)
		}
		if c.rounds == 1 && slices.ContainsFunc(requests, func(r string) bool { return strings.HasPrefix(r, "put ") }) {
			t.Errorf("%s writes: %q", c.what, requests)
		}
		mustCheck(t, m, "x86_64", key)
		if _, err := repository.WritePage(t.Context(), &unwritable{m}, main, nil, plain); err != nil {
			t.Errorf("the page is not what the indexes say after %s: %v", c.what, err)
		}
	}
}

// unwritable fails a test that writes.
type unwritable struct{ store.Store }

func (unwritable) Put(context.Context, string, store.Content, store.PutOptions) (store.Info, error) {
	return store.Info{}, store.ErrUnsupported
}
