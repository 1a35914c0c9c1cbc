package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

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
