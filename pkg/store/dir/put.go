package dir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/internal/atomicfile"
	"github.com/pakman/build/pkg/store"
)

// Put writes a hidden file beside the object, makes sure of it on disk, and renames it under the lock.
func (s *Store) Put(ctx context.Context, key string, c store.Content, o store.PutOptions) (store.Info, error) {
	path, err := s.path(key)
	if err != nil {
		return store.Info{}, err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return store.Info{}, err
	}
	s.sweep(filepath.Dir(path))
	temp, err := atomicfile.Create(path, atomicfile.Options{Sync: true})
	if err != nil {
		return store.Info{}, err
	}
	info, err := s.publish(ctx, temp, path, key, c, o)
	if err := errors.Join(err, temp.Close()); err != nil {
		return store.Info{}, err
	}
	return info, nil
}

func (s *Store) publish(ctx context.Context, temp *atomicfile.Pending, path, key string, c store.Content, o store.PutOptions) (store.Info,
	error) {
	etag, err := fill(ctx, temp, c)
	if err != nil {
		return store.Info{}, err
	}
	file, err := temp.Stat()
	if err != nil {
		return store.Info{}, err
	}
	info := store.Info{Key: key, Size: c.Size(), ETag: etag, Modified: file.ModTime()}
	return info, s.locked(ctx, func() error {
		if err := holds(path, o); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return temp.Commit()
	})
}

// holds reports whether the condition of o holds for the file at path. The lock must be held.
func holds(path string, o store.PutOptions) error {
	if !o.Conditional() {
		return nil
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.IfAbsent:
		return nil
	case errors.Is(err, fs.ErrNotExist) || err == nil && o.IfAbsent:
		err = store.ErrConflict
	case err == nil:
		var info store.Info
		if info, err = describe(path, f); err == nil && info.ETag != o.IfMatch {
			err = store.ErrConflict
		}
	}
	if f != nil {
		err = errors.Join(err, f.Close())
	}
	return err
}

// Delete removes the file under the lock.
func (s *Store) Delete(ctx context.Context, key string) error {
	path, err := s.path(key)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); errors.Is(missing(key, err), store.ErrNotFound) {
		return nil
	}
	return s.locked(ctx, func() error {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return atomicfile.SyncDir(filepath.Dir(path))
	})
}

// fill writes the content and returns its ETag.
func fill(ctx context.Context, f *atomicfile.Pending, c store.Content) (string, error) {
	r, err := c.Open()
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), untilDone(ctx, r))
	if err == nil && n != c.Size() {
		err = fmt.Errorf("the content is %d bytes long, not %d as expected", n, c.Size())
	}
	if err == nil {
		err = f.Sync() // before the lock is taken
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// untilDone returns a reader of r that fails when the context has ended.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// makeDir is os.MkdirAll with every new name on disk.
func makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) { // made by another meanwhile, or a file: the next step says
			return nil
		}
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(dir))
}
