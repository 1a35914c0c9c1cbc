package repository

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/store"
)

// packageHeaders are those of a package, which never changes.
var packageHeaders = store.PutOptions{ContentType: "application/octet-stream", CacheControl: "public, max-age=31536000, immutable"}

// conflicts is how often a write that others forbid is tried again.
const conflicts = 10

// upload puts the packages of all architectures, before any index names them.
func (p *publisher) upload(ctx context.Context) error {
	return p.eachItem(ctx, func(ctx context.Context, _ *list, it *item) error {
		if !it.absent && (!it.Unchanged || it.conflict != nil) { // what is certainly not there is sent at once
			swaps, err := p.mode(ctx)
			switch {
			case err != nil:
				return err
			case it.conflict != nil && swaps:
				return it.conflict
			case it.conflict != nil: // a lost race, which is reported after its traces in the index are removed
				return nil
			case !swaps && !it.compared:
				err = p.compare(ctx, p.editor.store, it)
			}
			if err != nil {
				return err
			}
		}
		if err := p.send(ctx, it); err != nil {
			return err
		}
		p.progress(it.Size)
		return nil
	})
}

// progress counts the bytes of one package more.
func (p *publisher) progress(size int64) {
	if p.notify == nil {
		return
	}
	var total int64
	for _, l := range p.lists {
		for _, it := range l.items {
			total += it.Size
		}
	}
	p.sent.Lock()
	defer p.sent.Unlock()
	p.sent.done += size
	p.notify(p.sent.done, total)
}

// send puts the package unless it is there. A conflict is another publisher's package, the same or not, or one that is
// being written at this moment (409).
func (p *publisher) send(ctx context.Context, it *item) error {
	for n := 1; !it.Unchanged; n++ {
		err := p.sendOnce(ctx, it)
		if it.absent && errors.Is(err, store.ErrUnsupported) { // of the condition
			it.absent = false
			if _, err = p.mode(ctx); err == nil {
				err = p.compare(ctx, p.editor.store, it)
			}
			if err != nil {
				return err
			}
			continue
		}
		if !errors.Is(err, store.ErrConflict) || n == conflicts {
			return err
		}
		replace, etag := it.replace, it.etag
		if err := p.compare(ctx, p.editor.store, it); err != nil {
			return err
		}
		if replace && it.replace && it.etag != etag {
			return fmt.Errorf("%s %s was overwritten by another publisher at the same time: %w", it.Name, it.Version, store.ErrConflict)
		}
		if err := between.Wait(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// eachItem calls fn for all packages, a few at once, and returns the first error.
func (p *publisher) eachItem(ctx context.Context, fn func(context.Context, *list, *item) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for _, l := range p.lists {
		for _, it := range l.items {
			group.Go(func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := fn(ctx, l, it); err != nil {
					return fmt.Errorf("publishing %s: %w", it.File, err)
				}
				return nil
			})
		}
	}
	return group.Wait()
}

// sendOnce sends the package in place of what was found there only.
func (p *publisher) sendOnce(ctx context.Context, it *item) error {
	c, err := store.FileContent(it.File)
	if err != nil {
		return err
	}
	if it.digests.MD5 != "" {
		c = store.WithDigests(c, it.digests)
	}
	o := packageHeaders
	if p.conditional() {
		o.IfMatch, o.IfAbsent = it.etag, !it.replace
	}
	if _, err = p.editor.store.Put(ctx, it.Key, c, o); err == nil {
		p.editor.changed.Store(true)
	}
	return err
}
