package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/pakman/build/pkg/apk/index"
)

// revive takes the packages out of retired.json before they are uploaded, see editor.revive.
func (p *publisher) revive(ctx context.Context) error {
	if slices.ContainsFunc(p.lists, func(l *list) bool { return len(l.remembered(l.left)) > 0 }) {
		if _, err := p.mode(ctx); err != nil { // it is written under conditions
			return err
		}
	}
	return p.editor.eachIndex(ctx, p.lists, p.editor.revive)
}

// withdraw takes the entries of the packages that are to be overwritten out of every index, so that none says
// what is no longer true. An entry that another publisher has changed meanwhile is left alone.
func (p *publisher) withdraw(ctx context.Context) error {
	return p.editor.eachIndex(ctx, p.lists, func(ctx context.Context, l *list) error {
		if !slices.ContainsFunc(l.items, func(it *item) bool { return it.replace }) {
			return nil
		}
		err := p.editor.edit(ctx, l, func(x *index.Index) (changed bool) {
			for _, it := range l.items {
				i := x.Find(it.Name, it.Version)
				if it.replace && i >= 0 && x.Entries[i].Checksum == it.listed && x.Entries[i].Checksum != it.pkg.Checksum {
					changed = x.Remove(it.Name, it.Version)
				}
			}
			return changed
		})
		if err != nil {
			return err
		}
		return p.editor.follow(ctx, l)
	})
}

// writeIndexes merges the packages into every index, all of which are in the store by now. Then what follows the indexes is
// written at the same time: each Packages.adb, and the page.
func (p *publisher) writeIndexes(ctx context.Context) error {
	if !p.editor.swaps {
		return p.editor.eachIndex(ctx, p.lists, func(ctx context.Context, l *list) error { return p.editor.converge(ctx, l, p.recheck) })
	}
	edit := func(ctx context.Context, l *list) error { return p.editor.edit(ctx, l, l.merge) }
	if err := p.editor.eachIndex(ctx, p.lists, edit); err != nil {
		return err
	}
	at := p.atHand()
	var page sync.WaitGroup
	page.Go(func() { p.finish(ctx, at) })
	defer page.Wait()
	return p.editor.eachIndex(ctx, p.lists, p.editor.follow)
}

// recheck compares the packages that this publisher has put with what is in the store now: another publisher may have
// put different content under the same version since. Clients get the newer content, so the index must describe it.
func (p *publisher) recheck(ctx context.Context, l *list) (lost, err error) {
	for i, it := range l.items {
		if it.File == "" { // another publisher's already
			continue
		}
		there := *it
		err := p.compare(ctx, p.editor.store, &there)
		var different *DifferentError
		switch {
		case errors.As(err, &different) || err == nil && there.replace:
			if l.items[i], err = p.editor.fetchPackage(ctx, l.arch, it.Key); err != nil {
				return nil, err
			}
			lost = errors.Join(lost, it.different(p.editor.store.URL(it.Key), l.items[i].pkg.SHA256, nil))
		case err == nil && there.Taken && there.SHA256 != it.SHA256: // another publisher's of the same commit
			*it = there
		case err == nil && there.Taken && !there.Unchanged:
			err = fmt.Errorf("another publisher removed %s %s meanwhile; publish again", it.Name, it.Version)
		case err == nil && !there.Unchanged: // removed since
			err = p.sendOnce(ctx, it)
		}
		if err != nil {
			return nil, err
		}
	}
	return lost, nil
}
