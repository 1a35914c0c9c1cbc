package repository

import (
	"context"
	"errors"
	"slices"

	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// shorten removes from the index what the retention does not keep.
func (k *pruner) shorten(ctx context.Context, l *list) (err error) {
	if l.now, err = k.current(ctx, l); err != nil || l.now.etag == "" {
		return err
	}
	if k.files, err = k.place.files(ctx, k.editor.store); err != nil {
		return err
	}
	if k.before, _, err = k.editor.retired(ctx, l); err != nil {
		return err
	}
	if !k.dryRun {
		if err := k.editor.publishKeys(ctx); err != nil {
			return err
		}
		if err := k.editor.chooseMode(ctx); err != nil {
			return err
		}
	}
	return k.retire(ctx, l, k.leaving(l.now.index))
}

// current reads the index; a dry run takes one of any key.
func (k *pruner) current(ctx context.Context, l *list) (state, error) {
	if !k.dryRun {
		return k.editor.read(ctx, l)
	}
	x, err := List(ctx, k.editor.store, k.place.Location, k.place.Arch)
	if errors.Is(err, store.ErrNotFound) {
		return state{}, nil
	}
	return state{index: x, etag: "any"}, err
}

func (k *pruner) leaving(x *index.Index) []index.Entry {
	return k.retention.leaving(x, k.files, k.now(), func(e index.Entry) bool {
		return slices.Contains(k.spared, k.place.key(e.Filename()))
	})
}

// retire records the packages in retired.json, then removes them from the index. A prune that is killed between the two leaves
// packages that are both recorded and listed, which counts as listed.
func (k *pruner) retire(ctx context.Context, l *list, leaving []index.Entry) error {
	now := k.moment()
	for _, e := range leaving {
		k.report.Retired = append(k.report.Retired, k.pruned(e.Filename(), now))
	}
	if k.dryRun {
		return nil
	}
	if len(leaving) == 0 {
		return k.editor.follow(ctx, l) // a prune that was killed may have left it behind
	}
	if _, err := k.editor.editRetired(ctx, l, func(r retirements) bool {
		for _, e := range leaving {
			r[e.Filename()] = k.editor.retirement(l, e.Filename(), now)
		}
		return true
	}); err != nil {
		return err
	}
	remove := func(x *index.Index) (changed bool) {
		for _, e := range k.leaving(x) {
			if slices.ContainsFunc(leaving, func(o index.Entry) bool { return o.Name == e.Name && o.Version == e.Version }) {
				changed = x.Remove(e.Name, e.Version) || changed
			}
		}
		return changed
	}
	if err := k.editor.edit(ctx, l, remove); err != nil {
		return err
	}
	if !k.editor.swaps {
		return k.editor.converge(ctx, l, nil)
	}
	return k.editor.follow(ctx, l)
}
