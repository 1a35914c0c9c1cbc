package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

// objectID returns what distinguishes an object from an earlier or later one of the same key.
func objectID(info store.Info) string {
	return fmt.Sprint(info.Key, " ", info.Size, " ", info.ETag, " ", info.Modified.UnixNano())
}

// readHeads reads the packages that are not known yet.
func (b *rebuilder) readHeads(ctx context.Context, files map[string]store.Info) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(checks)
	var unknown []store.Info
	for _, info := range files {
		if b.heads[objectID(info)] == nil && b.rejected[objectID(info)] == "" {
			unknown = append(unknown, info)
		}
	}
	done := len(files) - len(unknown)
	for _, info := range unknown {
		group.Go(func() error {
			e, err := b.head(ctx, info)
			mu.Lock()
			defer mu.Unlock()
			var bad *InvalidError
			switch {
			case errors.Is(err, store.ErrNotFound): // gone since
			case errors.As(err, &bad):
				b.rejected[objectID(info)] = bad.Err.Error()
			case err != nil:
				return err
			default:
				b.heads[objectID(info)] = e
			}
			if done++; b.progress != nil {
				b.progress(done, len(files))
			}
			return nil
		})
	}
	return group.Wait()
}

// head makes the entry of a package from its front, again where the reading breaks off.
func (b *rebuilder) head(ctx context.Context, info store.Info) (e *index.Entry, err error) {
	err = rereads.Do(ctx, func(int) error {
		parts := &parts{size: info.Size, get: func(offset, length int64) (io.ReadCloser, error) {
			return b.editor.store.Range(ctx, info.Key, offset, length)
		}}
		h, err := apk.ReadHead(parts)
		closed := parts.close()
		switch {
		case parts.err == nil && err != nil:
			return &InvalidError{What: info.Key, Err: err}
		case parts.err == nil && closed == nil:
			e, err = b.entry(h, info)
			return err
		}
		err = fmt.Errorf("reading %s: %w", b.editor.store.URL(info.Key), errors.Join(parts.err, closed))
		if ctx.Err() != nil || errors.Is(parts.err, store.ErrNotFound) {
			return err
		}
		return &backoff.TransientError{Err: err}
	})
	return e, err
}

func (b *rebuilder) entry(h *apk.Head, info store.Info) (*index.Entry, error) {
	if err := errors.Join(h.Verify(b.editor.public...), h.Info.CheckTexts(), h.Info.CheckDependencies()); err != nil {
		return nil, &InvalidError{What: info.Key, Err: err}
	}
	if h.Info.Filename() != path.Base(info.Key) || h.Info.Arch != b.place.Arch && h.Info.Arch != "noarch" {
		return nil, invalid(info.Key, "it is %s for %s", h.Info.Filename(), h.Info.Arch)
	}
	h.FileSize = info.Size
	e := index.EntryOf(&h.Package, b.place.Arch)
	return &e, nil
}
