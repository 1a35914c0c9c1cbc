// Package storetest holds the tests that every store must pass.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/store"
)

// Read returns the whole object.
func Read(t testing.TB, st store.Store, key string) (string, store.Info) {
	t.Helper()
	r, info, err := st.Get(context.Background(), key)
	if err != nil {
		t.Fatalf("Get(%q): %v", key, err)
	}
	b, err := io.ReadAll(r)
	if err == nil {
		err = r.Close()
	}
	if err != nil {
		t.Fatalf("reading %q: %v", key, err)
	}
	return string(b), info
}

// Put writes text.
func Put(st store.Store, key, text string, o store.PutOptions) (store.Info, error) {
	return st.Put(context.Background(), key, store.BytesContent([]byte(text)), o)
}

// Keys lists the keys that begin with prefix.
func Keys(t testing.TB, st store.Store, prefix string) []string {
	t.Helper()
	keys := []string{}
	for info, err := range st.List(context.Background(), prefix) {
		if err != nil {
			t.Fatalf("List(%q): %v", prefix, err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}

// Run tests the contract on an empty store that honours conditions.
func Run(t *testing.T, st store.Store) {
	t.Helper()
	ctx := context.Background()
	if err := st.Check(ctx); err != nil {
		t.Fatalf("Check: %v", err)
	}
	t.Run("conditions", func(t *testing.T) { conditions(t, st) })
	t.Run("listing", func(t *testing.T) { listing(t, st) })
	t.Run("range", func(t *testing.T) { ranges(t, st) })
	t.Run("race", func(t *testing.T) { race(t, st) })
	t.Run("counter", func(t *testing.T) { counter(t, st) })
	t.Run("keys", func(t *testing.T) {
		for _, key := range []string{"", ".", "/abs", "a//b", "../out", "a/../b", "a/", `a\b`, "nul\x00"} {
			if _, err := Put(st, key, "x", store.PutOptions{}); err == nil {
				t.Errorf("Put(%q) is allowed", key)
			}
			if _, _, err := st.Get(ctx, key); err == nil {
				t.Errorf("Get(%q) is allowed", key)
			}
			if err := st.Delete(ctx, key); err == nil {
				t.Errorf("Delete(%q) is allowed", key)
			}
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := st.Put(stopped, "cancelled", store.BytesContent([]byte("x")), store.PutOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Put: %v", err)
		}
		if _, _, err := st.Get(stopped, "one"); !errors.Is(err, context.Canceled) {
			t.Errorf("Get: %v", err)
		}
		for _, err := range st.List(stopped, "") {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("List: %v", err)
			}
		}
	})
}

func conditions(t *testing.T, st store.Store) {
	t.Helper()
	ctx := context.Background()
	if _, _, err := st.Get(ctx, "one"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get of nothing: %v", err)
	}
	if _, err := st.Stat(ctx, "one"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Stat of nothing: %v", err)
	}
	if _, err := Put(st, "one", "x", store.PutOptions{IfMatch: "0123"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("IfMatch of nothing: %v", err)
	}
	first, err := Put(st, "one", "1st", store.PutOptions{IfAbsent: true, ContentType: "text/plain", CacheControl: "no-cache"})
	if err != nil || first.ETag == "" || first.Size != 3 || first.Key != "one" {
		t.Fatalf("IfAbsent of nothing: %+v, %v", first, err)
	}
	if _, err := Put(st, "one", "1st", store.PutOptions{IfAbsent: true}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("IfAbsent of something: %v", err)
	}
	stat, err := st.Stat(ctx, "one")
	if err != nil || stat.ETag != first.ETag || stat.Size != 3 || stat.Modified.IsZero() {
		t.Errorf("Stat: %+v, %v; written as %+v", stat, err, first)
	}
	second, err := Put(st, "one", "second", store.PutOptions{IfMatch: first.ETag})
	if err != nil {
		t.Fatalf("IfMatch of the right ETag: %v", err)
	}
	if _, err := Put(st, "one", "third", store.PutOptions{IfMatch: first.ETag}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("IfMatch of an old ETag: %v", err)
	}
	if text, info := Read(t, st, "one"); text != "second" || info.ETag != second.ETag {
		t.Errorf("read %q %+v", text, info)
	}
	if _, err := Put(st, "one", "", store.PutOptions{}); err != nil {
		t.Errorf("Put of nothing: %v", err)
	}
	honoured, err := st.SupportsConditions(ctx, "one", store.BytesContent(nil), store.PutOptions{})
	if err != nil || !honoured {
		t.Errorf("Conditional: %v, %v", honoured, err)
	}
	for range 2 {
		if err := st.Delete(ctx, "one"); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
}

func listing(t *testing.T, st store.Store) {
	t.Helper()
	for _, key := range []string{"l/b/c", "l/a.b", "l/a/x+y", "l/a-b", "l/b~1", "la", "l/z"} {
		if _, err := Put(st, key, key, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{
		"l/":    {"l/a-b", "l/a.b", "l/a/x+y", "l/b/c", "l/b~1", "l/z"},
		"l/b":   {"l/b/c", "l/b~1"},
		"l":     {"l/a-b", "l/a.b", "l/a/x+y", "l/b/c", "l/b~1", "l/z", "la"},
		"l/a/":  {"l/a/x+y"},
		"no/":   {},
		"la/b/": {},
	} {
		if diff := cmp.Diff(want, Keys(t, st, prefix)); diff != "" {
			t.Errorf("List(%q), want -, got +:\n%s", prefix, diff)
		}
	}
	for info, err := range st.List(context.Background(), "l/") {
		if err != nil || info.Key != "l/a-b" || info.Size != 5 {
			t.Errorf("%+v, %v", info, err)
		}
		break // a reader may stop early
	}
}

// ranges reads parts of an object.
func ranges(t *testing.T, st store.Store) {
	t.Helper()
	if _, err := Put(st, "range", "0123456789", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		offset, length int64
		want           string
	}{{0, 4, "0123"}, {3, 1, "3"}, {4, 6, "456789"}, {8, 100, "89"}, {0, 1 << 40, "0123456789"}} {
		if got, err := ReadRange(st, "range", c.offset, c.length); err != nil || got != c.want {
			t.Errorf("%d bytes from %d: %q, %v", c.length, c.offset, got, err)
		}
	}
	if _, err := st.Range(context.Background(), "no-range", 0, 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Range of nothing: %v", err)
	}
	if _, err := st.Range(context.Background(), "../out", 0, 1); err == nil {
		t.Error("Range of ../out is allowed")
	}
}

// ReadRange returns a part of the object.
func ReadRange(st store.Store, key string, offset, length int64) (string, error) {
	r, err := st.Range(context.Background(), key, offset, length)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), errors.Join(err, r.Close())
}

// race has many writers make the same object: one wins.
func race(t *testing.T, st store.Store) {
	t.Helper()
	errs := make([]error, 8)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			_, errs[i] = Put(st, "race", strings.Repeat(fmt.Sprint(i), 1000), store.PutOptions{IfAbsent: true})
		})
	}
	group.Wait()
	winner := slices.Index(errs, nil)
	for i, err := range errs {
		if i != winner && !errors.Is(err, store.ErrConflict) {
			t.Fatalf("not one winner and conflicts: %v", errs)
		}
	}
	if text, _ := Read(t, st, "race"); text != strings.Repeat(fmt.Sprint(winner), 1000) {
		t.Errorf("the object is not the winner's")
	}
}

// counter has writers add lines to one object by compare-and-swap: no addition is lost.
func counter(t *testing.T, st store.Store) {
	t.Helper()
	if _, err := Put(st, "counter", "", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	const writers, each = 4, 10
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for i := range each {
				if err := Add(st, "counter", fmt.Sprintf("%d.%d", writer, i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if text, _ := Read(t, st, "counter"); strings.Count(text, "\n") != writers*each {
		t.Errorf("%d additions survived, not %d", strings.Count(text, "\n"), writers*each)
	}
}

// Add adds a line to the object, by compare-and-swap, unless it is there.
func Add(st store.Store, key, line string) error {
	for {
		r, info, err := st.Get(context.Background(), key)
		if err != nil {
			return err
		}
		b, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
		if slices.Contains(strings.Split(string(b), "\n"), line) {
			return nil
		}
		_, err = Put(st, key, string(b)+line+"\n", store.PutOptions{IfMatch: info.ETag})
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}
