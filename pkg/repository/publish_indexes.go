package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pakman/build/pkg/apk/index"
)

// readIndexes reads every index before anything is written.
func (p *publisher) readIndexes(ctx context.Context) error {
	return each(ctx, p.lists, func(ctx context.Context, l *list) (err error) {
		l.now, err = p.editor.read(ctx, l)
		return err
	})
}

// revive takes the packages out of retired.json before they are uploaded, see editor.revive.
func (p *publisher) revive(ctx context.Context) error {
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

// writeIndexes merges the packages into every index. All of them are in the store by now.
func (p *publisher) writeIndexes(ctx context.Context) error {
	return p.editor.eachIndex(ctx, p.lists, func(ctx context.Context, l *list) error {
		if !p.editor.swaps {
			return p.editor.converge(ctx, l, p.recheck)
		}
		if err := p.editor.edit(ctx, l, l.merge); err != nil {
			return err
		}
		return p.editor.follow(ctx, l)
	})
}

// recheck compares the packages that this publisher has put with what is in the store now: another publisher may have
// put different content under the same version since. Clients get the newer content, so the index must describe it.
func (p *publisher) recheck(ctx context.Context, l *list) (lost, err error) {
	for i, it := range l.items {
		if it.File == "" { // another publisher's already
			continue
		}
		there := *it
		err := p.compare(ctx, &there)
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
			err = p.put(ctx, it)
		}
		if err != nil {
			return nil, err
		}
	}
	return lost, nil
}
