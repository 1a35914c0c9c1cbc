package repository

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// RebuildRequest says which indexes to make again.
type RebuildRequest struct {
	Selection
	IndexOptions
	Keys     []*apk.PrivateKey     // sign the indexes; only packages that one of them has signed are taken
	Adopt    bool                  // replace an index that none of Keys has signed
	Deadline time.Duration         // as in Request; 0: ten minutes
	Progress func(done, total int) // called with the number of packages read and of all; may be nil
}

// Rebuilt is one index that was made again.
type Rebuilt struct {
	URL      string   `json:"url"`
	Packages int      `json:"packages"`
	Added    []string `json:"added"`   // files that the index before did not name
	Dropped  []string `json:"dropped"` // files that it named, and that are missing or invalid
	Changed  bool     `json:"changed"`
	Notes    []string `json:"notes"`
}

// Rebuild makes the selected indexes from the packages in the store alone, of which it reads signatures and control. What
// a prune has taken out stays out. It writes by compare-and-swap: a package that is published meanwhile is in the index too.
func Rebuild(ctx context.Context, st store.Store, r RebuildRequest) ([]Rebuilt, error) {
	if len(r.Keys) == 0 {
		return nil, invalid("keys", "a key is needed to sign the index")
	}
	if r.Deadline == 0 {
		r.Deadline = 10 * time.Minute
	}
	places, err := Places(ctx, st, r.Selection)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, nothing(st)
	}
	counted := store.Count(st)
	var done []Rebuilt
	for _, place := range places {
		b := &rebuilder{editor: newEditor(counted, place.Location, r.IndexOptions, r.Keys, r.Deadline), place: place, progress: r.Progress,
			heads: map[string]*index.Entry{}, rejected: map[string]string{}}
		b.editor.adopt = r.Adopt
		l := &list{arch: place.Arch, key: place.key(indexName)}
		if err := b.editor.eachIndex(ctx, []*list{l}, b.rebuild); err != nil {
			return nil, err
		}
		done = append(done, b.result)
	}
	return done, nil
}

// rebuilder is the state of the Rebuild of one place.
type rebuilder struct {
	editor   *editor
	place    Place
	progress func(done, total int)
	heads    map[string]*index.Entry // what was read, by file name, size and ETag
	rejected map[string]string       // why a file is left out, likewise
	result   Rebuilt
}

func (b *rebuilder) rebuild(ctx context.Context, l *list) error {
	if err := b.editor.publishKeys(ctx); err != nil {
		return err
	}
	if err := b.editor.chooseMode(ctx); err != nil {
		return err
	}
	var first *index.Index
	for n := 1; ; n++ {
		intact, err := b.before(ctx, l)
		if err != nil {
			return err
		}
		before := l.now.index
		if n == 1 {
			first = before
		}
		if l.now.index, err = b.survey(ctx, l, before.Description); err != nil {
			return err
		}
		b.compare(l, first)
		if intact && l.now.signed && equal(before, l.now.index) {
			return b.editor.follow(ctx, l)
		}
		b.result.Changed = true
		err = b.editor.writeIndex(ctx, l)
		if err == nil && b.editor.swaps {
			return b.editor.follow(ctx, l)
		}
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err := between.Wait(ctx, n); err != nil {
			return err
		}
	}
}

func equal(a, b *index.Index) bool {
	return slices.EqualFunc(a.Entries, b.Entries, func(a, b index.Entry) bool { return len(index.Differences(a, b)) == 0 })
}
