// Package dir is an object store in a directory. Writers in any number of processes on one machine
// get the guarantees of an S3 store: a reader sees an old or a new object, never a part, and of
// several conditional writes one wins. Every change happens under one lock file and is on disk
// before it is reported.
package dir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/store"
)

// hidden begins the names of the store's own files: the lock and what is being written.
const hidden = ".pakman"

// Store keeps objects as files below a directory.
type Store struct {
	root  string
	reads bool     // nothing is written
	swept sync.Map // directories cleared of what a killed writer left
}

var _ store.Store = (*Store)(nil)

// New returns the store below root, a directory that the first Put makes where it is missing.
func New(root string) (*Store, error) {
	if root == "" {
		return nil, errors.New("the directory's name is empty")
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	return &Store{root: abs}, nil
}

// NewReader is New for a directory that is only read, and must exist.
func NewReader(root string) (*Store, error) {
	s, err := New(root)
	if err != nil {
		return nil, err
	}
	s.reads = true
	return s, nil
}

// Check reports whether the directory, or else the nearest one above it, can be written to; or read, where that will do.
func (s *Store) Check(context.Context) error {
	path, right, do := s.root, uint32(unix.W_OK|unix.X_OK), "write to"
	if s.reads {
		right, do = unix.R_OK|unix.X_OK, "read"
	}
	for {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !s.reads && filepath.Dir(path) != path:
			path = filepath.Dir(path)
			continue
		case errors.Is(err, fs.ErrNotExist):
			return &store.Problem{What: "there is no directory " + path, Hint: "check the path"}
		case err != nil && !errors.Is(err, unix.ENOTDIR):
			return &store.Problem{What: "cannot use the directory " + s.root, Err: err,
				Hint: "give another directory or fix its permissions"}
		case err != nil || !info.IsDir():
			return &store.Problem{What: s.root + " is or lies below a file", Hint: "give a directory"}
		}
		if err := unix.Access(path, right); err != nil {
			return &store.Problem{What: "may not " + do + " the directory " + path, Err: err,
				Hint: "give another directory or fix its permissions"}
		}
		return nil
	}
}

// path returns the path of the file of key.
func (s *Store) path(key string) (string, error) {
	if err := store.CheckKey(key); err != nil {
		return "", err
	}
	for element := range strings.SplitSeq(key, "/") {
		if strings.HasPrefix(element, hidden) {
			return "", fmt.Errorf("%q is no key of a store: names that begin with %q are its own", key, hidden)
		}
	}
	return filepath.Join(s.root, filepath.FromSlash(key)), nil
}

// Get opens the file; a later write replaces it and leaves the reader alone.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, store.Info, error) {
	if err := ctx.Err(); err != nil {
		return nil, store.Info{}, err
	}
	path, err := s.path(key)
	if err != nil {
		return nil, store.Info{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, store.Info{}, missing(key, err)
	}
	look := describe
	if s.reads {
		look = describeUnread
	}
	info, err := look(key, f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = f.Close()
		return nil, store.Info{}, err
	}
	return f, info, nil
}

// Stat reads the file for its ETag, unless nothing is written here.
func (s *Store) Stat(ctx context.Context, key string) (store.Info, error) {
	f, info, err := s.Get(ctx, key)
	if err != nil {
		return store.Info{}, err
	}
	return info, f.Close()
}

// describe reads f to its end. The ETag is the SHA-256 of the content.
func describe(key string, f *os.File) (store.Info, error) {
	info, err := f.Stat()
	if err != nil {
		return store.Info{}, err
	}
	if !info.Mode().IsRegular() {
		return store.Info{}, missing(key, fs.ErrNotExist)
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return store.Info{}, err
	}
	return store.Info{Key: key, Size: n, ETag: hex.EncodeToString(h.Sum(nil)), Modified: info.ModTime()}, nil
}

// describeUnread has an ETag of what changes when the file is replaced, for stores that never compare it with a content's digest.
func describeUnread(key string, f *os.File) (store.Info, error) {
	info, err := f.Stat()
	if err != nil {
		return store.Info{}, err
	}
	if !info.Mode().IsRegular() {
		return store.Info{}, missing(key, fs.ErrNotExist)
	}
	var inode uint64
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = stat.Ino
	}
	etag := fmt.Sprintf("%x-%x-%x", inode, info.ModTime().UnixNano(), info.Size())
	return store.Info{Key: key, Size: info.Size(), ETag: etag, Modified: info.ModTime()}, nil
}

// missing turns the absence of a file, or of a directory above it, into ErrNotFound.
func missing(key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return fmt.Errorf("%s: %w", key, store.ErrNotFound)
	}
	return err
}

// List returns the files without their ETags, which would need reading them all.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		found, err := s.walk(ctx, prefix)
		if err != nil {
			yield(store.Info{}, err)
			return
		}
		for _, info := range found {
			if !yield(info, nil) {
				return
			}
		}
	}
}

func (s *Store) walk(ctx context.Context, prefix string) ([]store.Info, error) {
	top := s.root
	if i := strings.LastIndexByte(prefix, '/'); i > 0 {
		var err error
		if top, err = s.path(prefix[:i]); err != nil {
			return nil, err
		}
	}
	var found []store.Info
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
			return nil // gone while we looked, or nothing was ever written
		case err != nil:
			return err
		case path != top && strings.HasPrefix(d.Name(), hidden):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(s.root, path)
		key := filepath.ToSlash(rel)
		if err != nil || !d.Type().IsRegular() || !strings.HasPrefix(key, prefix) {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if len(found) == store.MaxListing {
			return store.TooMany(s.URL(prefix))
		}
		if err == nil {
			found = append(found, store.Info{Key: key, Size: info.Size(), Modified: info.ModTime()})
		}
		return err
	})
	slices.SortFunc(found, func(a, b store.Info) int { return strings.Compare(a.Key, b.Key) })
	return found, err
}

// SupportsConditions returns true: the conditions are the store's own.
func (s *Store) SupportsConditions(context.Context, string, store.Content, store.PutOptions) (bool, error) {
	return true, nil
}

// URL returns the file:// URL of key.
func (s *Store) URL(key string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(s.root, filepath.FromSlash(key)))}
	return u.String()
}
