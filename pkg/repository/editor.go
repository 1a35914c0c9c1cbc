package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// defaultDeadline bounds an update of the indexes for which the caller sets no other bound.
const defaultDeadline = 2 * time.Minute

// editor reads and changes the indexes of one repository, with their Packages.adb and retired.json, by compare-and-swap.
// Publish, Prune and Rebuild each have one.
type editor struct {
	location Location
	options  IndexOptions
	keys     []*apk.PrivateKey
	public   []*apk.PublicKey // the public halves of keys
	adopt    bool             // re-sign an index that none of keys has signed
	deadline time.Duration    // how long to go on when others change the same index again and again
	store    *store.Counted
	seen     *store.Seen // the store as it was at the first glance
	probe    []byte      // the text of the first key as it is published
	swaps    bool        // the store honours conditions
	changed  atomic.Bool
}

// newEditor returns an editor. A deadline of 0 means defaultDeadline.
func newEditor(st *store.Counted, location Location, o IndexOptions, keys []*apk.PrivateKey, deadline time.Duration) *editor {
	return &editor{location: location, options: o, keys: keys, public: publicKeys(keys),
		deadline: cmp.Or(deadline, defaultDeadline), store: st, seen: &store.Seen{Store: st}}
}

// list is one architecture's index and what is to be in it.
type list struct {
	arch  string
	key   string
	items []*item
	now   state
	left  retirements // retired.json as a publisher found it at first
	mu    sync.Mutex
	notes []string
}

// note adds a text to the report, once.
func (l *list) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(l.notes, text) {
		l.notes = append(l.notes, text)
	}
}

// files returns the set of file names that the index lists.
func (l *list) files() map[string]bool {
	files := map[string]bool{}
	for _, entry := range l.now.index.Entries {
		files[entry.Filename()] = true
	}
	return files
}

// group sorts the items, which are in order, into the lists of their architectures.
func group(items []*item) []*list {
	var lists []*list
	for _, it := range items {
		if len(lists) == 0 || lists[len(lists)-1].arch != it.Arch {
			lists = append(lists, &list{arch: it.Arch, key: path.Join(path.Dir(it.Key), indexName)})
		}
		l := lists[len(lists)-1]
		l.items = append(l.items, it)
	}
	return lists
}

// each calls fn for the lists in parallel and returns the first error.
func each(ctx context.Context, lists []*list, fn func(context.Context, *list) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for _, l := range lists {
		group.Go(func() error { return fn(ctx, l) })
	}
	return group.Wait()
}

// eachIndex is each for updates of indexes, which end with an error at the editor's deadline.
func (e *editor) eachIndex(ctx context.Context, lists []*list, fn func(context.Context, *list) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.deadline,
		fmt.Errorf("others kept changing the index, or the store did not answer, for %v; publish again", e.deadline))
	defer cancel()
	return each(ctx, lists, func(ctx context.Context, l *list) error {
		err := fn(ctx, l)
		if err == nil {
			return nil
		}
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
			err = cause
		}
		return fmt.Errorf("updating %s: %w", e.store.URL(l.key), err)
	})
}
