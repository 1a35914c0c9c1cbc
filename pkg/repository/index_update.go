package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// indexHeaders keep caches from serving an index that is no longer true.
var indexHeaders = store.PutOptions{ContentType: "application/gzip", CacheControl: "no-cache"}

// pending reports whether the index lacks something of the list: a package, or our signature.
func (l *list) pending(now state) bool {
	return !now.signed || slices.ContainsFunc(l.items, func(it *item) bool { return !holds(now.index, it) })
}

// holds reports whether the index lists the very package. The checksum covers all that an entry says.
func holds(x *index.Index, it *item) bool {
	i := x.Find(it.Name, it.Version)
	return i >= 0 && x.Entries[i].Checksum == it.pkg.Checksum &&
		x.Entries[i].FileSize == it.pkg.FileSize && x.Entries[i].Arch == it.Arch
}

// writeIndexes merges the packages into every index. All of them are in the store by now.
func (p *publisher) writeIndexes(ctx context.Context) error {
	return p.eachIndex(ctx, func(ctx context.Context, l *list) error {
		if !p.swaps {
			return p.converge(ctx, l)
		}
		if err := p.edit(ctx, l, l.merge); err != nil {
			return err
		}
		return p.follow(ctx, l)
	})
}

// withdraw takes the entries of the packages that are to be overwritten out of every index, so that none says
// what is no longer true. An entry that another publisher has changed meanwhile is left alone.
func (p *publisher) withdraw(ctx context.Context) error {
	return p.eachIndex(ctx, func(ctx context.Context, l *list) error {
		if !slices.ContainsFunc(l.items, func(it *item) bool { return it.replace }) {
			return nil
		}
		err := p.edit(ctx, l, func(x *index.Index) (changed bool) {
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
		return p.follow(ctx, l)
	})
}

// eachIndex calls fn for all lists at once, for as long as the publisher has patience.
func (p *publisher) eachIndex(ctx context.Context, fn func(context.Context, *list) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Patience,
		fmt.Errorf("others kept changing the index, or the store did not answer, for %v; publish again", p.Patience))
	defer cancel()
	return p.each(ctx, func(ctx context.Context, l *list) error {
		err := fn(ctx, l)
		if err == nil {
			return nil
		}
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
			err = cause
		}
		return fmt.Errorf("updating %s: %w", p.store.URL(l.key), err)
	})
}

// edit makes a change of the index, and writes it if the index that was read is still there; else it reads and
// changes again. No publisher's entry is lost. A write of our own whose answer was lost is found to
// have happened, since nothing is left to change. Where conditions are ignored it writes once, whatever is there.
func (p *publisher) edit(ctx context.Context, l *list, change func(*index.Index) (changed bool)) error {
	for n := 1; change(l.now.index); n++ {
		err := p.writeIndex(ctx, l)
		if err == nil || !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err := between.Wait(ctx, n); err != nil {
			return err
		}
		if l.now, err = p.read(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the list's packages to the index, and tells whether it is to be written for them or for our signatures.
func (l *list) merge(x *index.Index) (changed bool) {
	for _, it := range l.items {
		changed = changed || !holds(x, it)
		x.Put(index.EntryOf(it.pkg, it.Arch)) // also what an APKINDEX cannot hold and Packages.adb does
	}
	return changed || !l.now.signed
}

// writeIndex signs and writes the index of the list, in place of the one that was read only. The Packages.adb that follows
// it is made meanwhile.
func (p *publisher) writeIndex(ctx context.Context, l *list) error {
	if !p.swaps || p.WithoutADB {
		return p.putIndex(ctx, l)
	}
	x := l.now.index
	var next *encodedADB
	var group sync.WaitGroup
	group.Go(func() { next = p.adbOf(x, l.arch) })
	err := p.putIndex(ctx, l)
	group.Wait()
	l.now.adb.next = next
	return err
}

func (p *publisher) putIndex(ctx context.Context, l *list) error {
	var text bytes.Buffer
	if err := l.now.index.Write(&text, p.Keys...); err != nil {
		return err
	}
	o := indexHeaders
	if p.swaps {
		o.IfMatch, o.IfAbsent = l.now.etag, l.now.etag == ""
	}
	info, err := p.store.Put(ctx, l.key, store.BytesContent(text.Bytes()), o)
	if err != nil {
		return err
	}
	l.now.etag, l.now.signed, l.now.written = info.ETag, true, true
	p.changed.Store(true)
	return nil
}
