package repository

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/store"
)

// deletions is how many packages are marked and deleted at a time.
const deletions = 100

// deleteDue deletes the packages that had been retired before this prune and whose grace is over.
func (k *pruner) deleteDue(ctx context.Context, l *list) error {
	listed := l.files()
	due, forget := k.due(l, listed)
	unreferenced := k.unlisted(l, listed)
	if k.dryRun {
		return nil
	}
	why, err := k.forbidden(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		if len(due) > 0 {
			l.note("nothing is deleted from %s: %s", k.editor.store.URL(k.place.key("")), why)
		}
		for _, file := range due {
			k.spare(file)
		}
		return nil
	}
	if err := k.remember(ctx, l, forget, unreferenced); err != nil {
		return err
	}
	for files := range slices.Chunk(due, deletions) {
		if err := k.delete(ctx, l, files); err != nil {
			return err
		}
	}
	return nil
}

// forbidden returns the reason why nothing may be deleted here, or an empty string.
func (k *pruner) forbidden(ctx context.Context) (why string, err error) {
	if !k.editor.swaps && !k.alone {
		return "the store ignores conditional writes, so a package could be published again at the same time; when nobody publishes, " +
			"run pakman repo prune --alone", nil
	}
	if k.editor.options.WithoutADB {
		_, err = k.editor.store.Stat(ctx, k.place.key(adbName))
		if err == nil {
			return "Packages.adb is not updated any more and may list the packages; delete it, or let PAKman update it", nil
		}
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
	}
	return "", err
}

// due returns what is to be deleted, and what need not be remembered: it is listed again, or gone. An entry that is not
// authentic deletes nothing. A file that was written again since it left waits for another grace.
func (k *pruner) due(l *list, listed map[string]bool) (due, forget []string) {
	foreign := 0
	for _, file := range slices.Sorted(maps.Keys(k.before)) {
		left := k.before[file].Left
		info, there := k.files[file]
		switch {
		case listed[file] || !there:
			forget = append(forget, file)
		case k.retiredNow(file):
		case !isPackage(file):
			forget = append(forget, file)
			l.note("%s names %q, which is not a package: it is ignored", k.editor.store.URL(l.retiredKey()), file)
		case !k.editor.authentic(l, file, k.before[file]):
			foreign++
		case k.now().Sub(left) < k.grace || k.now().Sub(info.Modified) < k.grace:
			k.report.Waiting = append(k.report.Waiting, k.pruned(file, left))
		default:
			due = append(due, file)
			k.report.Deleted = append(k.report.Deleted, k.pruned(file, left))
		}
	}
	if foreign > 0 {
		l.note("%d packages that %s names are kept: they were not recorded with one of our keys, but by an earlier version of pakman or "+
			"by "+
			"somebody else; "+
			"remove them with --unreferenced if no index should list them", foreign, k.editor.store.URL(l.retiredKey()))
	}
	return due, forget
}

// unlisted returns the packages that no index has listed for the duration of the grace period, if they are to be pruned.
func (k *pruner) unlisted(l *list, listed map[string]bool) (unreferenced []string) {
	if !k.unreferenced {
		return nil
	}
	for _, file := range slices.Sorted(maps.Keys(k.files)) {
		before, known := k.before[file]
		known = known && k.editor.authentic(l, file, before)
		old := k.now().Sub(k.files[file].Modified) > k.grace
		if !known && !listed[file] && old && isPackage(file) && !k.retiredNow(file) {
			unreferenced = append(unreferenced, file)
			k.report.Waiting = append(k.report.Waiting, k.pruned(file, k.moment()))
		}
	}
	return unreferenced
}

func (k *pruner) retiredNow(file string) bool {
	return slices.ContainsFunc(k.report.Retired, func(p Pruned) bool { return p.URL == k.pruned(file, p.Left).URL })
}

// remember adds unreferenced packages to retired.json and takes out what is listed again or gone.
func (k *pruner) remember(ctx context.Context, l *list, forget, unreferenced []string) error {
	_, err := k.editor.editRetired(ctx, l, func(r retirements) (changed bool) {
		for _, file := range forget {
			if _, ok := r[file]; ok && !k.retiredNow(file) {
				delete(r, file)
				changed = true
			}
		}
		for _, file := range unreferenced {
			if before, ok := r[file]; !ok || !k.editor.authentic(l, file, before) {
				r[file] = k.editor.retirement(l, file, k.moment())
				changed = true
			}
		}
		return changed
	})
	return err
}

// delete marks the files in retired.json, so that no publisher counts on them, and looks once more that the index names
// none of them, before it deletes.
func (k *pruner) delete(ctx context.Context, l *list, files []string) error {
	limited, cancel := context.WithTimeoutCause(ctx, deletionTime, errors.New("deleting took too long; run prune again"))
	defer cancel()
	mark := time.Now().UTC()
	marked, err := k.editor.editRetired(limited, l, func(r retirements) (changed bool) {
		for _, file := range files {
			if e, ok := r[file]; ok && e.Left.Equal(k.before[file].Left) && k.editor.authentic(l, file, e) {
				e.Deleting = mark
				r[file] = e
				changed = true
			}
		}
		return changed
	})
	if err != nil {
		return err
	}
	if l.now, err = k.editor.read(limited, l); err != nil {
		return err
	}
	listed := l.files()
	group, gctx := errgroup.WithContext(limited)
	group.SetLimit(checks)
	for _, file := range files {
		if listed[file] || !marked[file].Deleting.Equal(mark) {
			k.spare(file)
			continue
		}
		group.Go(func() error { return k.editor.store.Delete(gctx, path.Join(k.place.key(""), file)) })
	}
	if err := group.Wait(); err != nil {
		return errors.Join(err, context.Cause(limited))
	}
	_, err = k.editor.editRetired(ctx, l, func(r retirements) (changed bool) {
		for _, file := range files {
			if r[file].Deleting.Equal(mark) {
				delete(r, file)
				changed = true
			}
		}
		return changed
	})
	return err
}

// spare removes a file that is published again from the report.
func (k *pruner) spare(file string) {
	k.report.Deleted = slices.DeleteFunc(k.report.Deleted, func(d Pruned) bool { return d.URL == k.pruned(file, d.Left).URL })
}
