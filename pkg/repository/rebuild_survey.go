package repository

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// before reads the index that is to be replaced, and reports whether it is intact. A damaged one counts as empty.
func (b *rebuilder) before(ctx context.Context, l *list) (intact bool, err error) {
	l.now = state{index: &index.Index{Description: cmp.Or(b.editor.options.Description, b.place.Repository+" "+b.place.Branch)}}
	old, err := b.editor.fetchADB(ctx, l)
	if err != nil {
		return false, err
	}
	packages, err := b.editor.parseADB(old)
	if err != nil {
		return false, err
	}
	l.now.adb = b.editor.stateOf(old, packages)
	text, info, err := fetch(ctx, b.editor.store, l.key)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l.now.etag = info.ETag
	now, err := b.editor.parse(l, text)
	if err == nil {
		l.now.index, l.now.signed = now.index, now.signed
		return true, nil
	}
	if signers, damaged := signersOf(text); damaged == nil && !b.editor.adopt && !b.knows(signers) {
		return false, &InvalidError{What: b.editor.store.URL(l.key), Err: err}
	}
	l.note("the existing index is replaced: %v", err)
	return false, nil
}

func (b *rebuilder) knows(signers []string) bool {
	return slices.ContainsFunc(b.editor.public, func(k *apk.PublicKey) bool { return slices.Contains(signers, k.Name) })
}

// survey returns an index of the packages that are in the store and have not been retired.
func (b *rebuilder) survey(ctx context.Context, l *list, description string) (*index.Index, error) {
	retired, _, err := b.editor.retired(ctx, l)
	if err != nil {
		return nil, err
	}
	files, err := b.place.files(ctx, b.editor.store)
	if err != nil {
		return nil, err
	}
	listed := l.files()
	maps.DeleteFunc(files, func(name string, _ store.Info) bool {
		entry, out := retired[name]
		if out && !b.editor.authentic(l, name, entry) {
			out = len(listed) > 0 && !listed[name] // of an earlier version; what the signed index names is not taken out for it
		}
		return out || !strings.HasSuffix(name, ".apk")
	})
	if err := b.readHeads(ctx, files); err != nil {
		return nil, err
	}
	x := &index.Index{Description: description}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if e := b.heads[objectID(files[name])]; e != nil {
			x.Put(*e)
		} else if why := b.rejected[objectID(files[name])]; why != "" {
			l.note("%s is left out: %s", b.editor.store.URL(files[name].Key), why)
		}
	}
	return x, nil
}

// compare records in the result how the new index differs from the one before.
func (b *rebuilder) compare(l *list, before *index.Index) {
	b.result = Rebuilt{URL: b.editor.store.URL(l.key), Changed: b.result.Changed, Packages: len(l.now.index.Entries), Added: []string{},
		Dropped: []string{}, Notes: append([]string{}, l.notes...)}
	names := func(x *index.Index) (files []string) {
		for _, e := range x.Entries {
			files = append(files, e.Filename())
		}
		return files
	}
	old, made := names(before), names(l.now.index)
	slices.Sort(old)
	slices.Sort(made)
	for _, file := range made {
		if _, ok := slices.BinarySearch(old, file); !ok {
			b.result.Added = append(b.result.Added, file)
		}
	}
	for _, file := range old {
		if _, ok := slices.BinarySearch(made, file); !ok {
			b.result.Dropped = append(b.result.Dropped, file)
		}
	}
}
