package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/pakman/build/pkg/apk/adb"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// adbName is what apk 3 fetches below each architecture instead of the index, where the line in
// /etc/apk/repositories begins with v3.
const adbName = "Packages.adb"

// maxADB is how long one may be, inflated.
const maxADB = 300 << 20

// adbHeaders keep caches from serving one that is no longer true.
var adbHeaders = store.PutOptions{ContentType: "application/octet-stream", CacheControl: "no-cache"}

// Packages.adb is written after the index, from the index alone, so that it lists only packages that
// are there. It is read before the index, always, and replaced only if it is still the one that was read: whoever
// replaces it has seen an index that is not older than the one it was made from, so that it never
// goes back. When its writer dies before it, it is behind the index until the next publish.

// adbState is a Packages.adb as it was found.
type adbState struct {
	etag   string // empty: there was none
	digest adb.Digest
	signed bool // by all of our keys
}

// oldADB is one that was just read.
type oldADB struct {
	key, etag string
	text      []byte
}

func (p *publisher) fetchADB(ctx context.Context, l *list) (oldADB, error) {
	old := oldADB{key: p.key(l.arch, adbName)}
	if p.WithoutADB {
		_, err := p.store.Stat(ctx, old.key)
		if err == nil {
			l.note("%s is there and is left as it is: it does not list what is published now", p.store.URL(old.key))
		}
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return old, err
	}
	text, info, err := fetch(ctx, p.store, old.key)
	if errors.Is(err, store.ErrNotFound) {
		return old, nil
	}
	old.text, old.etag = text, info.ETag
	return old, err
}

// completeFrom gives the index what only the old Packages.adb holds. One that is not ours is left alone: more may be
// in it than an index can hold.
func (p *publisher) completeFrom(old oldADB, x *index.Index) (adbState, error) {
	if old.etag == "" {
		return adbState{}, nil
	}
	file, err := p.parseADB(old.text)
	if err != nil {
		return adbState{}, &InvalidError{What: p.store.URL(old.key), Err: fmt.Errorf("it cannot be replaced: %w; "+
			"remove it, and it is made again from the index, or leave it alone with --packages-adb=false (in the action, the input packages-adb)", err)}
	}
	x.Complete(file.Block)
	return adbState{etag: old.etag, digest: file.Digest, signed: len(file.Signers) == len(p.public)}, nil
}

// parseADB reads one that may be replaced. That of another key may when its index may be taken over.
func (p *publisher) parseADB(text []byte) (*adb.File, error) {
	file, err := adb.Read(bytes.NewReader(text), adb.Index, maxADB, p.public...)
	if err != nil && p.Adopt {
		file, err = adb.Read(bytes.NewReader(text), adb.Index, maxADB)
	}
	if err == nil {
		err = index.CheckADB(file.Block)
	}
	return file, err
}

// follow brings the list's Packages.adb to what its index says. Where conditions are ignored, it looks again after
// each write.
func (p *publisher) follow(ctx context.Context, l *list) error {
	for n := 1; !p.WithoutADB; n++ {
		wrote, err := p.writeADB(ctx, l)
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err == nil && (p.swaps || !wrote) {
			return nil
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

// writeADB makes Packages.adb of the index, and writes it where the one that was read says something else.
func (p *publisher) writeADB(ctx context.Context, l *list) (wrote bool, err error) {
	block, err := l.now.index.ADB(l.arch)
	if err != nil {
		return false, err
	}
	old, digest := l.now.adb, block.Digest()
	if old.signed && old.digest == digest {
		return false, nil
	}
	var text bytes.Buffer
	if err := adb.Write(&text, adb.Index, block, digest, p.Keys...); err != nil {
		return false, err
	}
	o := adbHeaders
	if p.swaps {
		o.IfMatch, o.IfAbsent = old.etag, old.etag == ""
	}
	if _, err := p.store.Put(ctx, p.key(l.arch, adbName), store.BytesContent(text.Bytes()), o); err != nil {
		return false, err
	}
	p.changed.Store(true)
	return true, nil
}
