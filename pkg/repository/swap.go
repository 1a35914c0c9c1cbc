package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// indexHeaders keep caches from serving an index that is no longer true.
var indexHeaders = store.PutOptions{ContentType: "application/gzip", CacheControl: "no-cache"}

// pending tells whether the index lacks something of the list: a package, or our signature.
func (l *list) pending(now state) bool {
	if !now.ours {
		return true
	}
	for _, it := range l.items {
		if !holds(now.index, it) {
			return true
		}
	}
	return false
}

// holds tells whether the index lists the very package. The checksum covers all that an entry says.
func holds(x *index.Index, it *item) bool {
	i := x.Find(it.Name, it.Version)
	return i >= 0 && x.Entries[i].Checksum == it.pkg.Checksum &&
		x.Entries[i].FileSize == it.pkg.FileSize && x.Entries[i].Arch == it.Arch
}

// writeIndexes merges the packages into every index. All of them are in the store by now.
func (p *publisher) writeIndexes(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Patience,
		fmt.Errorf("others kept changing the index for %v; publish again", p.Patience))
	defer cancel()
	return p.each(ctx, func(ctx context.Context, l *list) error {
		work := p.swap
		if !p.swaps {
			work = p.converge
		}
		if err := work(ctx, l); err != nil {
			if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
				err = cause
			}
			return fmt.Errorf("updating %s: %w", p.store.URL(l.key), err)
		}
		return nil
	})
}

// swap writes the merged index if the one that was read is still there; else it reads and merges again. No
// publisher's entry is lost. A write of our own whose answer was lost is found to have happened.
func (p *publisher) swap(ctx context.Context, l *list) error {
	for n := 1; l.pending(l.now); n++ {
		o := indexHeaders
		o.IfMatch, o.IfAbsent = l.now.etag, l.now.etag == ""
		err := p.writeIndex(ctx, l, o)
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
		if l.now, err = p.read(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// writeIndex adds the list's packages to the index that was read and writes it, signed.
func (p *publisher) writeIndex(ctx context.Context, l *list, o store.PutOptions) error {
	for _, it := range l.items {
		if !holds(l.now.index, it) {
			l.now.index.Put(index.EntryOf(it.pkg, it.Arch))
		}
	}
	var text bytes.Buffer
	if err := l.now.index.Write(&text, p.Keys...); err != nil {
		return err
	}
	if _, err := p.store.Put(ctx, l.key, store.BytesContent(text.Bytes()), o); err != nil {
		return err
	}
	p.changed.Store(true)
	return nil
}
