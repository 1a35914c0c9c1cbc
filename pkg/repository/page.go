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
	w := pageWriter{store: st, Location: l, key: l.path() + "/" + pageName, written: written, render: render}
	ctx, cancel := context.WithTimeoutCause(ctx, pageDeadline,
		fmt.Errorf("others kept changing it, or the store did not answer, for %v", pageDeadline))
	defer cancel()
	url = st.URL(w.key)
	for n := 1; ; n++ {
		done, err := w.write(ctx)
		if err != nil && !errors.Is(err, store.ErrConflict) {
			if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
				err = cause
			}
			return url, fmt.Errorf("writing %s: %w", url, err)
		}
		if done {
			return url, nil
		}
		if err := between.Wait(ctx, n); err != nil {
			return url, fmt.Errorf("writing %s: %w", url, err)
		}
	}
}

type pageWriter struct {
	Location
	store   store.Store
	key     string
	written []Written
	render  func(*Contents) ([]byte, error)
}

// write writes the page once, and reports whether it is done: the page need not be read again.
func (w *pageWriter) write(ctx context.Context) (done bool, err error) {
	before, err := w.store.Stat(ctx, w.key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	c, err := w.contents(ctx)
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
	probe := c.Keys[0]
	swaps, err := w.store.SupportsConditions(ctx, keyPath(probe.PublicKey), store.BytesContent(probe.text), keyHeaders)
	if err != nil {
		return false, err
	}
	o := pageHeaders
	if swaps {
		o.IfMatch, o.IfAbsent = before.ETag, before.ETag == ""
	}
	_, err = w.store.Put(ctx, w.key, content, o)
	return err == nil && swaps, err
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
