package repository

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/store"
)

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
