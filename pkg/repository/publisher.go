package repository

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// publisher is the state of one Publish.
type publisher struct {
	editor    *editor
	raw       store.Store // as it was given
	lists     []*list
	overwrite bool
	missing   []*apk.PublicKey // that are not published yet
	ready     chan struct{}    // closed when it is known whether the store honours conditions
	page      *pageWriter      // nil: there is to be none
	pageErr   error
	finished  bool                    // with the page
	notify    func(done, total int64) // Request.Progress
	sent      struct {
		sync.Mutex
		done int64
	}
}

func newPublisher(st store.Store, r Request, items []*item) *publisher {
	p := &publisher{editor: newEditor(store.Count(st), r.Location, r.IndexOptions, r.Keys, r.Deadline), raw: st, lists: group(items),
		overwrite: r.Overwrite, notify: r.Progress, ready: make(chan struct{})}
	p.editor.adopt = r.Adopt
	if r.Page != nil {
		p.page = newPageWriter(p.editor.store, r.Location, nil, r.Page)
	}
	return p
}

// look glances at the store and reads the indexes, at the same time. What keeps the store from being seen at all explains more
// than the failure of another request.
func (p *publisher) look(ctx context.Context) error {
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	var looked error
	var glance sync.WaitGroup
	glance.Go(func() {
		seen, err := store.Look(ctx, p.raw, p.editor.store)
		if looked = err; err != nil {
			cancel()
			return
		}
		p.editor.seen = seen
	})
	err := each(reading, p.lists, func(ctx context.Context, l *list) (err error) {
		l.now, err = p.editor.readAtOnce(ctx, l)
		return err
	})
	glance.Wait()
	if looked != nil {
		return &UnreachableError{looked}
	}
	return err
}

// UnreachableError is that of a store that cannot be seen at all.
type UnreachableError struct{ Err error }

func (e *UnreachableError) Error() string { return e.Err.Error() }
func (e *UnreachableError) Unwrap() error { return e.Err }

// examine finds out what must be known before anything is written and was not seen at a glance: the published keys, the
// packages that the indexes list, what has left the indexes, and the page.
func (p *publisher) examine(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		p.missing, err = p.editor.missingKeys(ctx)
		return err
	})
	group.Go(func() error { return p.compareListed(ctx) })
	for _, l := range p.lists {
		group.Go(func() (err error) {
			l.left, _, err = readRetired(ctx, p.editor.seen, l.retiredKey())
			return err
		})
	}
	if p.page != nil {
		group.Go(func() error {
			p.pageErr = p.page.look(ctx, p.editor.seen)
			return nil
		})
	}
	return group.Wait()
}

// settled reports whether the packages, indexes and keys are there as they are to be. Where it is not known whether the store
// honours conditions, a package that no index lists may have lost its entry to another publisher.
func (p *publisher) settled() bool {
	keys, all := p.editor.seen.All()
	return all && len(p.missing) == 0 && !slices.ContainsFunc(p.lists, func(l *list) bool {
		unsettled := func(it *item) bool { return !it.Unchanged || it.conflict != nil }
		return l.pending(l.now) || slices.ContainsFunc(l.items, unsettled) || !p.editor.followed(l) || l.lacks(keys)
	})
}

// lacks reports whether one of the keys is a package of the list's directory that the index does not name and that has not
// left it.
func (l *list) lacks(keys []string) bool {
	known := l.files()
	return slices.ContainsFunc(keys, func(key string) bool {
		_, left := l.left[path.Base(key)]
		return path.Dir(key) == path.Dir(l.key) && strings.HasSuffix(key, ".apk") && !known[path.Base(key)] && !left
	})
}

// put sends the packages and the keys, finds out whether the store honours conditions, and reads what the page says besides, at
// the same time. Packages that replace others wait for their entries to be withdrawn.
func (p *publisher) put(ctx context.Context) error {
	replaces := slices.ContainsFunc(p.lists, func(l *list) bool {
		return slices.ContainsFunc(l.items, func(it *item) bool { return it.replace })
	})
	if replaces {
		for _, step := range []func(context.Context) error{p.prepare, p.revive, p.withdraw, p.upload} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.prepare(gctx) })
	group.Go(func() error {
		if err := p.revive(gctx); err != nil {
			return err
		}
		return p.upload(gctx)
	})
	if p.page != nil && p.pageErr == nil {
		group.Go(func() error {
			p.pageErr = p.page.readOthers(gctx, p.editor.seen, p.lists)
			return nil
		})
	}
	return group.Wait()
}

// prepare publishes the keys, then finds out whether the store honours conditions.
func (p *publisher) prepare(ctx context.Context) error {
	if err := p.editor.addKeys(ctx, p.missing); err != nil {
		return err
	}
	if err := p.editor.chooseMode(ctx); err != nil {
		return err
	}
	close(p.ready)
	return nil
}

// mode waits until it is known whether the store honours conditions, and returns whether it does.
func (p *publisher) mode(ctx context.Context) (swaps bool, err error) {
	select {
	case <-p.ready:
		return p.editor.swaps, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}

// conditional reports whether packages are put under conditions: while nothing is known of the store, they are.
func (p *publisher) conditional() bool {
	select {
	case <-p.ready:
		return p.editor.swaps
	default:
		return true
	}
}

// finish writes the page, once, if there is to be one.
func (p *publisher) finish(ctx context.Context) {
	if p.page == nil || p.finished {
		return
	}
	p.finished = true
	if p.pageErr == nil {
		p.pageErr = p.writePage(ctx)
	}
	if p.page.changed {
		p.editor.changed.Store(true)
	}
}
