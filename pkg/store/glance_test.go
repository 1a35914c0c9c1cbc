package store_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/pakman/build/pkg/store"
)

// glancer shows those objects, and counts what it is asked besides.
type glancer struct {
	store.Store
	objects []store.Info
	all     bool
	asked   int
}

func (g *glancer) Glance(context.Context) ([]store.Info, bool, error) { return g.objects, g.all, nil }

func (g *glancer) Stat(_ context.Context, key string) (store.Info, error) {
	g.asked++
	return store.Info{Key: key, ETag: "asked"}, nil
}

func (g *glancer) Get(_ context.Context, key string) (io.ReadCloser, store.Info, error) {
	g.asked++
	return nil, store.Info{Key: key, ETag: "asked"}, nil
}

// What a glance tells is not asked again: what it has shown, and that nothing is there as far as it has reached.
func TestSeen(t *testing.T) {
	sorted := []store.Info{{Key: "b", ETag: "1"}, {Key: "d"}, {Key: "f", ETag: "3"}}
	unsorted := []store.Info{sorted[2], sorted[0]}
	for name, c := range map[string]struct {
		objects []store.Info
		all     bool
		stat    map[string]string // the ETag; "asked": of the store; empty: not there
	}{
		"a part":          {sorted, false, map[string]string{"a": "", "b": "1", "c": "", "d": "asked", "f": "3", "g": "asked"}},
		"all":             {sorted, true, map[string]string{"a": "", "b": "1", "d": "asked", "g": ""}},
		"in other order":  {unsorted, false, map[string]string{"a": "asked", "b": "1", "c": "asked", "g": "asked"}},
		"all, unordered":  {unsorted, true, map[string]string{"b": "1", "c": ""}},
		"an empty store":  {nil, true, map[string]string{"a": ""}},
		"nothing visible": {nil, false, map[string]string{"a": "asked"}},
	} {
		g := &glancer{objects: c.objects, all: c.all}
		seen, err := store.Look(t.Context(), g, g)
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range c.stat {
			g.asked = 0
			info, err := seen.Stat(t.Context(), key)
			if info.ETag != want || (want == "") != errors.Is(err, store.ErrNotFound) || (g.asked > 0) != (want == "asked") {
				t.Errorf("%s: Stat %s: %+v, %v, want %q", name, key, info, err, want)
			}
			g.asked = 0
			_, _, err = seen.Get(t.Context(), key)
			if (want == "") != errors.Is(err, store.ErrNotFound) || (g.asked == 0) != (want == "") {
				t.Errorf("%s: Get %s: %v, want %q", name, key, err, want)
			}
		}
	}
}
