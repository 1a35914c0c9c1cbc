package repository

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// A publisher writes the page beside Packages.adb, from indexes that it has at hand. As in WritePage, the page was read first.
// The indexes of other architectures are read after it; one that the publisher has written since was then still the one that
// it had read, so that the page from before says nothing newer.

// look finds the page as it is before anything else is read for it.
func (w *pageWriter) look(ctx context.Context, seen *store.Seen) (err error) {
	_, w.glanced = seen.Known(w.key)
	if w.before, err = seen.Stat(ctx, w.key); errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// readOthers reads the indexes of the architectures that are not in the lists. What the glance tells of them is not older than
// the page only if it has told of the page too.
func (w *pageWriter) readOthers(ctx context.Context, seen *store.Seen, lists []*list) error {
	from := w.store
	if w.glanced {
		from = seen
	}
	var arches []string
	for _, arch := range apk.Arches() {
		if !slices.ContainsFunc(lists, func(l *list) bool { return l.arch == arch }) {
			arches = append(arches, arch)
		}
	}
	texts := make([]found, len(arches))
	group, ctx := errgroup.WithContext(ctx)
	for i, arch := range arches {
		group.Go(func() (err error) {
			texts[i].text, _, err = fetch(ctx, from, w.Location.key(arch, indexName))
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
	}
	err := group.Wait()
	w.others = map[string]found{}
	for i, arch := range arches {
		w.others[arch] = texts[i]
	}
	return err
}

// atHand is the indexes of a publisher's lists, as they were when it asked.
type atHand struct {
	indexes map[string]found
	fresh   bool // it has written every one of them
}

// atHand returns the indexes that the page can be made of. The page is written while a Packages.adb that others have changed may
// make its list be read again, so that the lists themselves cannot be looked at then.
func (p *publisher) atHand() atHand {
	at := atHand{map[string]found{}, true}
	for _, l := range p.lists {
		signers := l.now.signers
		if l.now.written {
			signers = names(p.editor.public)
		}
		at.indexes[l.arch] = found{written: &Written{ArchIndex: ArchIndex{Arch: l.arch, Index: l.now.index}, keys: p.editor.public,
			names: signers}}
		at.fresh = at.fresh && l.now.written
	}
	return at
}

// writePage brings the page to what the indexes say.
func (p *publisher) writePage(ctx context.Context, at atHand) error {
	if !p.conditional() {
		return p.page.run(ctx, p.page.write)
	}
	return p.page.run(ctx, func(ctx context.Context) (done bool, err error) {
		if p.page.others == nil {
			if err := p.page.readOthers(ctx, p.editor.seen, p.lists); err != nil {
				return false, err
			}
		}
		return p.page.writeFrom(ctx, at, p.editor.ours())
	})
}

// writeFrom writes the page of the indexes at hand. If the page differs and one of these was not written, it may be older than
// the page: then nothing is done.
func (w *pageWriter) writeFrom(ctx context.Context, at atHand, ours []PublishedKey) (done bool, err error) {
	w.ours = ours
	c, err := w.contents(ctx, func(_ context.Context, arch string) (found, error) {
		if own, ok := at.indexes[arch]; ok {
			return own, nil
		}
		return w.others[arch], nil
	})
	if err != nil || len(c.Indexes) == 0 {
		return true, err
	}
	text, err := w.render(c)
	if err != nil {
		return false, err
	}
	content := store.BytesContent(text)
	if same, err := w.unchanged(content); same || err != nil || !at.fresh {
		return same, err
	}
	return w.replace(ctx, c, w.before, content)
}

// unchanged reports whether the page was that one before, as far as its ETag tells.
func (w *pageWriter) unchanged(content store.Content) (bool, error) {
	if w.before.Size != content.Size() {
		return false, nil
	}
	d, err := store.DigestsOf(content)
	return err == nil && (w.before.ETag == d.MD5 || w.before.ETag == d.SHA256), err
}

// ours returns the editor's keys, which are published.
func (e *editor) ours() (keys []PublishedKey) {
	for i, k := range e.public {
		text := k.PEM()
		if i == 0 {
			text = e.probe
		}
		keys = append(keys, PublishedKey{PublicKey: k, URL: e.store.URL(keyPath(k)), text: text})
	}
	return keys
}
