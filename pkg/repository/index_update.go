package repository

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// indexHeaders keep caches from serving an index that is out of date.
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

// edit makes a change of the index, and writes it if the index that was read is still there; else it reads and
// changes again. No publisher's entry is lost. A write of our own whose answer was lost is found to
// have taken effect, since nothing is left to change. Where conditions are ignored, it writes once, unconditionally.
func (e *editor) edit(ctx context.Context, l *list, change func(*index.Index) (changed bool)) error {
	for n := 1; change(l.now.index); n++ {
		err := e.writeIndex(ctx, l)
		if err == nil || !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err := between.Wait(ctx, n); err != nil {
			return err
		}
		if l.now, err = e.read(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the list's packages to the index, and reports whether it must be written for them or for our signatures.
func (l *list) merge(x *index.Index) (changed bool) {
	for _, it := range l.items {
		changed = changed || !holds(x, it)
		x.Put(index.EntryOf(it.pkg, it.Arch)) // also what an APKINDEX cannot hold and Packages.adb does
	}
	return changed || !l.now.signed
}

// writeIndex signs and writes the index of the list, in place of the one that was read only. The Packages.adb that follows
// it is made meanwhile.
func (e *editor) writeIndex(ctx context.Context, l *list) error {
	if !e.swaps || e.options.WithoutADB {
		return e.putIndex(ctx, l)
	}
	x := l.now.index
	var next *encodedADB
	var group sync.WaitGroup
	group.Go(func() { next = e.adbOf(x, l.arch) })
	err := e.putIndex(ctx, l)
	group.Wait()
	l.now.adb.next = next
	return err
}

func (e *editor) putIndex(ctx context.Context, l *list) error {
	var text bytes.Buffer
	if err := l.now.index.Write(&text, e.keys...); err != nil {
		return err
	}
	o := indexHeaders
	if e.swaps {
		o.IfMatch, o.IfAbsent = l.now.etag, l.now.etag == ""
	}
	info, err := e.store.Put(ctx, l.key, store.BytesContent(text.Bytes()), o)
	if err != nil {
		return err
	}
	l.now.etag, l.now.signed, l.now.written = info.ETag, true, true
	e.changed.Store(true)
	return nil
}
