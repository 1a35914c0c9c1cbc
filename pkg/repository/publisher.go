package repository

import (
	"context"
	"slices"
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
func (p *publisher) finish(ctx context.Context, at atHand) {
	if p.page == nil || p.finished {
		return
	}
	p.finished = true
	if p.pageErr == nil {
		p.pageErr = p.writePage(ctx, at)
	}
	if p.page.changed {
		p.editor.changed.Store(true)
	}
}
