package repository

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pakman/build/pkg/store"
)

// pageDeadline is how long to go on when others change the same page again and again.
const pageDeadline = time.Minute

// WritePage writes the page of a repository, which render makes of its contents, and returns its URL. The page follows the
// indexes as Packages.adb does: it is read before they are, and replaced only if it has not changed since. So its writer
// has seen indexes that are not older than those of the page before, and the last of several publishers leaves a page of
// the final indexes. Where conditions are ignored, the page is read again after each write. The same contents must render
// to the same page. An index that was just written is not read again if it is unchanged.
func WritePage(ctx context.Context, st store.Store, l Location, written []Written, render func(*Contents) ([]byte, error)) (url string,
	err error) {
	w := newPageWriter(st, l, written, render)
	return st.URL(w.key), w.run(ctx, w.write)
}

// run writes the page until nobody else has changed it meanwhile: first as first does, then again and again.
func (w *pageWriter) run(ctx context.Context, first func(context.Context) (done bool, err error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, pageDeadline,
		fmt.Errorf("others kept changing it, or the store did not answer, for %v", pageDeadline))
	defer cancel()
	write := first
	for n := 1; ; n++ {
		done, err := write(ctx)
		if err != nil && !errors.Is(err, store.ErrConflict) {
			if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
				err = cause
			}
			return fmt.Errorf("writing %s: %w", w.store.URL(w.key), err)
		}
		if done {
			return nil
		}
		if err := between.Wait(ctx, n); err != nil {
			return fmt.Errorf("writing %s: %w", w.store.URL(w.key), err)
		}
		write = w.write
	}
}

type pageWriter struct {
	Location
	store   store.Store
	key     string
	written []Written
	render  func(*Contents) ([]byte, error)
	ours    []PublishedKey   // keys whose published text is known
	before  store.Info       // the page as it was at first
	glanced bool             // it was known from the glance
	others  map[string]found // the indexes of other architectures, which were read after it
	changed bool             // the page was written
}

func newPageWriter(st store.Store, l Location, written []Written, render func(*Contents) ([]byte, error)) *pageWriter {
	return &pageWriter{store: st, Location: l, key: l.path() + "/" + pageName, written: written, render: render}
}

// write reads the page and what it is made of, and writes it once. It reports whether it is done: the page need not be read again.
func (w *pageWriter) write(ctx context.Context) (done bool, err error) {
	before, err := w.store.Stat(ctx, w.key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	c, err := w.contents(ctx, w.find)
	if err != nil || len(c.Indexes) == 0 {
		return true, err
	}
	text, err := w.render(c)
	if err != nil {
		return false, err
	}
	content := store.BytesContent(text)
	if same, err := w.there(ctx, before, content); same || err != nil {
		return same, err
	}
	return w.replace(ctx, c, before, content)
}

// replace writes the page in place of what was there before only, where the store honours conditions.
func (w *pageWriter) replace(ctx context.Context, c *Contents, before store.Info, content store.Content) (done bool, err error) {
	probe := c.Keys[0]
	swaps, err := w.store.SupportsConditions(ctx, keyPath(probe.PublicKey), store.BytesContent(probe.text), keyHeaders)
	if err != nil {
		return false, err
	}
	o := pageHeaders
	if swaps {
		o.IfMatch, o.IfAbsent = before.ETag, before.ETag == ""
	}
	if _, err = w.store.Put(ctx, w.key, content, o); err != nil {
		return false, err
	}
	w.changed = true
	return swaps, nil
}

// there reports whether the page that was there before is that one. Only one of the same length is read for it.
func (w *pageWriter) there(ctx context.Context, before store.Info, content store.Content) (same bool, err error) {
	if before.ETag == "" || before.Size != content.Size() {
		return false, nil
	}
	digests, err := store.DigestsOf(content)
	if err != nil {
		return false, err
	}
	same, _, err = store.Compare(ctx, w.store, w.key, digests)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return same, err
}
