package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/pakman/build/pkg/store"
)

// retiredName is the object beside an index that remembers which packages have left it, since when, and which of them
// are being deleted. Prune writes it before the index; a publisher takes a package out of it before an index names
// the package again. Both change it by compare-and-swap, so that of the two one sees the other:
//
//	{"packages": {"blog-1.0-r0.apk": {"left": "2026-11-25T12:00:00Z", "deleting": "2026-11-26T13:00:00Z", "codes": ["5f1c…"]}}}
//
// Anyone who can write to the store can write this object too, so only entries with a code of our keys lead to a deletion.
const retiredName = "retired.json"

var retiredHeaders = store.PutOptions{ContentType: "application/json", CacheControl: "no-cache"}

// A deletion ends within deletionTime of its mark in retired.json. A publisher that has seen the same mark for
// deletionStale knows that its writer has ended. Each measures with its own clock.
var (
	deletionTime  = 45 * time.Second
	deletionStale = 75 * time.Second
)

// retirement is what is remembered of one package.
type retirement struct {
	Left     time.Time `json:"left"`
	Deleting time.Time `json:"deleting,omitzero"`
	// Codes authenticate directory, file name and Left, one for each signing key. Entries of earlier versions have none.
	Codes []string `json:"codes,omitempty"`
}

// retirements are those of one place, by file name.
type retirements map[string]retirement

// retired reads what has left the index of the list.
func (e *editor) retired(ctx context.Context, l *list) (retirements, string, error) {
	return readRetired(ctx, e.store, l.retiredKey())
}

func readRetired(ctx context.Context, st store.Store, key string) (retirements, string, error) {
	text, info, err := fetch(ctx, st, key)
	if errors.Is(err, store.ErrNotFound) {
		return retirements{}, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	var content struct{ Packages retirements }
	if err := json.Unmarshal(text, &content); err != nil {
		return nil, "", invalid(st.URL(key), "it is damaged: %w; remove it: the packages that it named are unreferenced then",
			err)
	}
	if content.Packages == nil {
		content.Packages = retirements{}
	}
	return content.Packages, info.ETag, nil
}

func (l *list) retiredKey() string { return path.Join(path.Dir(l.key), retiredName) }

// editRetired makes a change of retired.json like edit one of the index, and returns what stands there then.
func (e *editor) editRetired(ctx context.Context, l *list, change func(retirements) (changed bool)) (retirements, error) {
	for n := 1; ; n++ {
		r, etag, err := e.retired(ctx, l)
		if err != nil || !change(r) {
			return r, err
		}
		text, err := json.MarshalIndent(map[string]retirements{"packages": r}, "", "  ")
		if err != nil {
			return nil, err
		}
		o := retiredHeaders
		if e.swaps {
			o.IfMatch, o.IfAbsent = etag, etag == ""
		}
		_, err = e.store.Put(ctx, l.retiredKey(), store.BytesContent(append(text, '\n')), o)
		if err == nil {
			e.changed.Store(true)
			return r, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return nil, err
		}
		if err := between.Wait(ctx, n); err != nil {
			return nil, err
		}
	}
}

// revive takes the packages that an index is to name out of retired.json, where they stand when they had left the
// index before, and waits for one that is being deleted. From then on no prune deletes them before the shortest
// grace is over, so what is found in the store or put there now can be named.
func (e *editor) revive(ctx context.Context, l *list) error {
	if !l.pending(l.now) {
		return nil
	}
	for deleting := true; deleting; {
		stale, any, err := e.awaitDeletion(ctx, l)
		if err != nil || !any {
			return err
		}
		if _, err := e.editRetired(ctx, l, func(r retirements) bool {
			back := l.remembered(r)
			deleting = false
			for _, file := range back {
				deleting = deleting || !r[file].Deleting.IsZero() && !r[file].Deleting.Equal(stale)
				delete(r, file)
			}
			return len(back) > 0 && !deleting
		}); err != nil {
			return err
		}
	}
	return nil
}

// remembered returns the files of the list's packages that r names.
func (l *list) remembered(r retirements) []string {
	var found []string
	for _, it := range l.items {
		if _, ok := r[path.Base(it.Key)]; ok {
			found = append(found, path.Base(it.Key))
		}
	}
	return found
}

// awaitDeletion waits while a prune deletes one of the list's packages, and reports whether retired.json names any of them.
// Stale is the mark of a prune that was killed.
func (e *editor) awaitDeletion(ctx context.Context, l *list) (stale time.Time, any bool, err error) {
	var mark time.Time
	for n, seen := 1, time.Now(); ; n++ {
		r := l.left
		l.left = nil // as it was at first
		if r == nil {
			if r, _, err = e.retired(ctx, l); err != nil {
				return mark, false, err
			}
		}
		back := l.remembered(r)
		newest := time.Time{}
		for _, file := range back {
			if d := r[file].Deleting; d.After(newest) {
				newest = d
			}
		}
		if newest.IsZero() || newest.Equal(mark) && time.Since(seen) > deletionStale {
			return mark, len(back) > 0, nil
		}
		if !newest.Equal(mark) {
			mark, seen = newest, time.Now()
		}
		if err := between.Wait(ctx, n); err != nil {
			return mark, false, fmt.Errorf("a prune is deleting a package that is to be published: %w", err)
		}
	}
}
