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

// adbHeaders keep caches from serving one that is out of date.
var adbHeaders = store.PutOptions{ContentType: "application/octet-stream", CacheControl: "no-cache"}

// Packages.adb is written after the index, from the index alone, so that it lists only packages that
// are there. It is always read before the index, and replaced only if it is still the one that was read: its writer
// has seen an index that is not older than the one it was made from, so that it never
// goes back. When its writer dies before it, it is behind the index until the next publish.

// adbState is a Packages.adb as it was found.
type adbState struct {
	etag   string // empty: there was none
	digest adb.Digest
	signed bool // by all of our keys
	next   *encodedADB
}

// encodedADB is the Packages.adb of an index that was just written, made meanwhile.
type encodedADB struct {
	text   []byte
	digest adb.Digest
	err    error
}

// oldADB is one that was just read.
type oldADB struct {
	key, etag string
	text      []byte
}

func (e *editor) fetchADB(ctx context.Context, l *list) (oldADB, error) {
	old := oldADB{key: e.location.key(l.arch, adbName)}
	if e.options.WithoutADB {
		_, err := e.store.Stat(ctx, old.key)
		if err == nil {
			l.note("%s is not updated any more: it does not list what is published now; delete it", e.store.URL(old.key))
		}
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return old, err
	}
	text, info, err := fetch(ctx, e.store, old.key)
	if errors.Is(err, store.ErrNotFound) {
		return old, nil
	}
	old.text, old.etag = text, info.ETag
	return old, err
}

// parseADB reads the old Packages.adb, if there was one. One that another key has signed is an error, since it may hold more
// than an index can, unless its index may be re-signed.
func (e *editor) parseADB(old oldADB) (*adb.File, error) {
	if old.etag == "" {
		return &adb.File{}, nil
	}
	file, err := adb.Read(bytes.NewReader(old.text), adb.Index, maxADB, e.public...)
	if err != nil && e.adopt {
		file, err = adb.Read(bytes.NewReader(old.text), adb.Index, maxADB)
	}
	if err == nil {
		err = index.CheckADB(file.Block)
	}
	if err != nil {
		return nil, &InvalidError{What: e.store.URL(old.key), Err: fmt.Errorf("it cannot be replaced: %w; "+
			"delete it, and it is made again from the index, or keep it with --packages-adb=false (in the action, the input "+
			"packages-adb)", err)}
	}
	return file, nil
}

// stateOf returns what must be known of the old Packages.adb to replace it.
func (e *editor) stateOf(old oldADB, file *adb.File) adbState {
	return adbState{etag: old.etag, digest: file.Digest, signed: len(file.Signers) == len(e.public)}
}

// follow updates the list's Packages.adb to its index. Where conditions are ignored, it reads both again after each
// write.
func (e *editor) follow(ctx context.Context, l *list) error {
	for n := 1; !e.options.WithoutADB; n++ {
		wrote, err := e.writeADB(ctx, l)
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err == nil && (e.swaps || !wrote) {
			return nil
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

// followed reports whether the Packages.adb that was read says what the index says.
func (e *editor) followed(l *list) bool {
	if e.options.WithoutADB {
		return true
	}
	block, err := l.now.index.ADB(l.arch)
	return err == nil && l.now.adb.etag != "" && l.now.adb.signed && l.now.adb.digest == block.Digest()
}

// writeADB writes the Packages.adb of the index if the one that was read differs from it.
func (e *editor) writeADB(ctx context.Context, l *list) (wrote bool, err error) {
	old, next := l.now.adb, l.now.adb.next
	l.now.adb.next = nil // the index may change before it is asked for again
	if next == nil {
		block, err := l.now.index.ADB(l.arch)
		if err != nil || old.signed && old.digest == block.Digest() {
			return false, err
		}
		if l.now.atOnce && !l.now.written {
			return false, fmt.Errorf("%s may be newer than the index that was read beside it: %w", adbName, store.ErrConflict)
		}
		next = e.encodeADB(block)
	}
	if next.err != nil {
		return false, next.err
	}
	o := adbHeaders
	if e.swaps {
		o.IfMatch, o.IfAbsent = old.etag, old.etag == ""
	}
	info, err := e.store.Put(ctx, e.location.key(l.arch, adbName), store.BytesContent(next.text), o)
	if err != nil {
		return false, err
	}
	l.now.adb = adbState{etag: info.ETag, digest: next.digest, signed: true}
	e.changed.Store(true)
	return true, nil
}

// adbOf makes the Packages.adb of an index.
func (e *editor) adbOf(x *index.Index, arch string) *encodedADB {
	block, err := x.ADB(arch)
	if err != nil {
		return &encodedADB{err: err}
	}
	return e.encodeADB(block)
}

// encodeADB signs and compresses a Packages.adb.
func (e *editor) encodeADB(block adb.Block) *encodedADB {
	var text bytes.Buffer
	text.Grow(len(block) / 2) // it deflates to less; growing step by step needs twice the memory in the end
	err := adb.Write(&text, adb.Index, block, e.keys...)
	return &encodedADB{text.Bytes(), block.Digest(), err}
}
