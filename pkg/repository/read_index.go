package repository

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk/adb"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/store"
)

// state is an index as it was found.
type state struct {
	index   *index.Index
	etag    string // empty: there was none
	signed  bool   // all of our keys have signed it, and it is described as we are asked to, or there was none
	written bool   // by us, since it was found
	signers []string
	atOnce  bool // its Packages.adb was read beside it, and may be of a newer index
	adb     adbState
}

// read returns the index of the list as it is now. Our signature would make everything that it lists trusted, so
// an index that is damaged, not signed, wrongly signed in our name, or signed by others only is not added to: anyone who
// can write to the bucket could have put it there. With adopt, one of another key is re-signed.
func (e *editor) read(ctx context.Context, l *list) (state, error) {
	old, err := e.fetchADB(ctx, l)
	if err != nil {
		return state{}, err
	}
	return e.readBoth(ctx, l, func() (oldADB, error) { return old, nil })
}

// readAtOnce reads both indexes at the same time. When the index is then replaced, it was still the one that was read, so the
// Packages.adb that was read before is not of a newer one; when it is not replaced, Packages.adb may be.
func (e *editor) readAtOnce(ctx context.Context, l *list) (state, error) {
	now, err := e.readBoth(ctx, l, func() (oldADB, error) { return e.fetchADB(ctx, l) })
	now.atOnce = true
	return now, err
}

// readBoth reads the index, and meanwhile the Packages.adb that get returns.
func (e *editor) readBoth(ctx context.Context, l *list, get func() (oldADB, error)) (state, error) {
	var old oldADB
	var packages *adb.File
	var group errgroup.Group
	group.Go(func() (err error) {
		if old, err = get(); err != nil {
			return err
		}
		packages, err = e.parseADB(old)
		return err
	})
	now, err := e.readIndex(ctx, l)
	parsed := group.Wait()
	if err == nil {
		err = parsed
	}
	if err != nil {
		return state{}, err
	}
	now.adb = e.stateOf(old, packages)
	now.index.Complete(packages.Block)
	return now, nil
}

func (e *editor) readIndex(ctx context.Context, l *list) (state, error) {
	text, info, err := fetch(ctx, e.store, l.key)
	if errors.Is(err, store.ErrNotFound) {
		return state{index: &index.Index{Description: cmp.Or(e.options.Description, e.location.Repository+" "+e.location.Branch)},
			signed: true}, nil
	}
	if err != nil {
		return state{}, err
	}
	now, err := e.parse(l, text)
	if err != nil {
		return state{}, &InvalidError{What: e.store.URL(l.key), Err: fmt.Errorf("the existing index cannot be extended: %w", err)}
	}
	now.etag = info.ETag
	if e.options.Description != "" && now.index.Description != e.options.Description {
		now.index.Description, now.signed = e.options.Description, false
	}
	return now, nil
}

func (e *editor) parse(l *list, text []byte) (now state, err error) {
	const remove = "; remove it and publish all packages again"
	signers, err := signersOf(text)
	if err != nil {
		return state{}, fmt.Errorf("%w"+remove, err)
	}
	keys, ours := e.public, 0
	for _, k := range keys {
		if slices.Contains(signers, k.Name) {
			ours++
		}
	}
	now.signers, now.signed = signers, ours == len(keys)
	if ours == 0 {
		if !e.adopt {
			return state{},
				fmt.Errorf("it is signed by %s, "+
					"none of which is one of our keys, and our signature would make everything that it lists trusted; "+
					"sign with that key, or check what it lists and then re-sign it with --adopt (in the action, the input adopt)",
					visible.Names(signers))
		}
		l.note("the index of %s was signed by %s and is now signed by our key only: its clients need our public key", l.arch,
			visible.Names(signers))
		keys = nil
	}
	if now.index, err = index.Read(bytes.NewReader(text), keys...); err != nil {
		return state{}, fmt.Errorf("%w"+remove, err)
	}
	return now, nil
}

// signersOf returns the names of the keys that have signed an index; an error when there is none.
func signersOf(text []byte) ([]string, error) {
	names, err := index.Signers(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("it is not signed")
	}
	return names, nil
}
