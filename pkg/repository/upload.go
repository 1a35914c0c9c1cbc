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

// DifferentError is that a version is published already, with other bytes.
type DifferentError struct {
	File, URL      string
	Name, Version  string
	New, Published string // SHA-256 in hex
}

func (e *DifferentError) Error() string {
	return fmt.Sprintf("%s %s is published already with other bytes: SHA-256 %s here, %s at %s; raise the version or the release, or overwrite it",
		e.Name, e.Version, e.New, e.Published, e.URL)
}

// compareListed looks at the packages that an index names already, before anything is written. The
// others are most likely new, and are sent without asking.
func (p *publisher) compareListed(ctx context.Context) error {
	return p.eachItem(ctx, func(ctx context.Context, l *list, it *item) error {
		if l.now.index.Find(it.Name, it.Version) < 0 {
			return nil
		}
		return p.compare(ctx, it)
	})
}

// upload puts the packages of all architectures, before any index names them.
func (p *publisher) upload(ctx context.Context) error {
	return p.eachItem(ctx, func(ctx context.Context, _ *list, it *item) error {
		if !p.swaps && !it.compared {
			if err := p.compare(ctx, it); err != nil {
				return err
			}
		}
		if it.Unchanged {
			return nil
		}
		err := p.put(ctx, it, p.swaps && !it.replace)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err := p.compare(ctx, it); err != nil || it.Unchanged {
			return err
		}
		return p.put(ctx, it, !it.replace)
	})
}

// eachItem calls fn for all packages, a few at once, and gives the first error.
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

// compare finds out whether the package is there, the same or to be replaced.
func (p *publisher) compare(ctx context.Context, it *item) error {
	c, err := store.FileContent(it.File)
	if err != nil {
		return err
	}
	digests, err := store.DigestsOf(c)
	if err != nil {
		return err
	}
	same, published, err := store.Compare(ctx, p.store, it.Key, digests)
	it.compared = true
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !same && !p.Overwrite:
		return &DifferentError{File: it.File, URL: p.store.URL(it.Key), New: it.SHA256, Published: published, Name: it.Name, Version: it.Version}
	}
	it.Unchanged, it.replace = same, !same
	return nil
}

func (p *publisher) put(ctx context.Context, it *item, ifAbsent bool) error {
	c, err := store.FileContent(it.File)
	if err != nil {
		return err
	}
	o := packageHeaders
	o.IfAbsent = ifAbsent
	if _, err = p.store.Put(ctx, it.Key, c, o); err == nil {
		p.changed.Store(true)
	}
	return err
}
