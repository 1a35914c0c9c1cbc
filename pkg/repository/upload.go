package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// packageHeaders are those of a package, which never changes.
var packageHeaders = store.PutOptions{ContentType: "application/octet-stream", CacheControl: "public, max-age=31536000, immutable"}

// conflicts is how often a write that others forbid is tried again.
const conflicts = 10

// DifferentError reports a version that is already published with different content.
type DifferentError struct {
	File, URL      string
	Name, Version  string
	New, Published string // SHA-256 in hex
	Why            error  // what differs besides the content; nil: it is not known
}

func (e *DifferentError) Error() string {
	why := ""
	if e.Why != nil {
		why = " (" + e.Why.Error() + ")"
	}
	return fmt.Sprintf(
		"%s %s is already published with different content: SHA-256 %s here, %s at %s%s; increase the version or the release, or "+
			"overwrite it",
		e.Name, e.Version, e.New, e.Published, e.URL, why)
}

// compareListed compares the packages that an index names already, before anything is written. The
// others are most likely new, and are sent without asking.
func (p *publisher) compareListed(ctx context.Context) error {
	return p.eachItem(ctx, func(ctx context.Context, l *list, it *item) error {
		it.Previous = previous(l.now.index.Entries, it.Name, it.Version)
		i := l.now.index.Find(it.Name, it.Version)
		if i < 0 {
			info, known := p.editor.seen.Known(it.Key)
			it.absent = known && info.Key == ""
			return nil
		}
		it.listed = l.now.index.Entries[i].Checksum
		err := p.compare(ctx, p.editor.seen, it)
		var different *DifferentError
		if errors.As(err, &different) && it.listed == it.pkg.Checksum {
			it.conflict = err
			return nil
		}
		return err
	})
}

// previous returns the newest version of a package besides the one that is published now.
func previous(entries []index.Entry, name, version string) *Previous {
	var newest *Previous
	first, _ := slices.BinarySearchFunc(entries, name, func(e index.Entry, name string) int { return cmp.Compare(e.Name, name) })
	for i := first; i < len(entries) && entries[i].Name == name; i++ {
		e := &entries[i]
		if e.Version != version && (newest == nil || apk.Compare(e.Version, newest.Version) > 0) {
			newest = &Previous{Version: e.Version, Size: e.FileSize, InstalledSize: e.Size}
		}
	}
	return newest
}

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

// compare finds out whether the package is there, the same or to be replaced.
func (p *publisher) compare(ctx context.Context, st store.Store, it *item) error {
	if it.digests.SHA256 == "" {
		c, err := store.FileContent(it.File)
		if err != nil {
			return err
		}
		if it.digests, err = store.DigestsOf(c); err != nil {
			return err
		}
	}
	published, info, err := store.Identify(ctx, st, it.Key, it.digests)
	it.compared = true
	it.Unchanged, it.replace, it.etag = false, false, ""
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case published == it.digests.SHA256:
		it.Unchanged = true
	case p.overwrite:
		it.replace, it.etag = true, info.ETag
	default:
		return p.take(ctx, it, published)
	}
	return nil
}

func (it *item) different(url, published string, why error) error {
	return &DifferentError{File: it.File, URL: url, New: it.SHA256, Published: published, Name: it.Name, Version: it.Version, Why: why}
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
