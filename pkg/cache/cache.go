// Package cache is the directory that builds leave to later builds: the caches of their tools, apk's downloads, and
// the packages of whole builds under a digest of all that they were made from. Any number of programs may use it at
// once; the builds themselves write to the tools' caches alone.
package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/internal/flock"
)

// What lies in the directory.
const (
	toolsDir = "tools"  // below it one directory for each tool, of the build's user
	apkDir   = "apk"    // apk's downloads, which root installs
	keptDir  = "builds" // below it one directory for each build, closed to the build's user
	lockFile = ".lock"
)

// Cache is an open cache. A nil Cache keeps nothing.
type Cache struct {
	dir  string
	lock *os.File // held as long as the cache is open, shared with others
}

// Open makes the directory where it is missing. Nothing is removed from it before Close.
func Open(ctx context.Context, dir string) (*Cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := makeDir(dir, passable); err != nil {
		return nil, place(err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDONLY|os.O_CREATE, 0o644) //#nosec G304 -- in the user's cache
	if err != nil {
		return nil, place(err)
	}
	err = flock.Lock(ctx, lock, flock.Shared) // which only a program that removes things excludes, for a moment
	if err == nil {
		err = place(errors.Join(makeDir(filepath.Join(dir, toolsDir), passable),
			makeOwnDir(filepath.Join(dir, apkDir), passable), makeOwnDir(filepath.Join(dir, keptDir), closed)))
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Cache{dir: dir, lock: lock}, nil
}

func place(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cache: %w; give another directory with --cache-dir", err)
}

// Modes of directories: those that the build's user passes through, and those it does not.
const (
	passable fs.FileMode = 0o755
	closed   fs.FileMode = 0o700
)

// makeDir makes dir, where it is missing, with that mode whatever the umask.
func makeDir(dir string, mode fs.FileMode) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	return errors.Join(os.MkdirAll(dir, mode), os.Chmod(dir, mode))
}

// makeOwnDir makes a directory that the build's user may not change. One that was restored from an archive may belong
// to the number that is this user here.
func makeOwnDir(dir string, mode fs.FileMode) error {
	if err := makeDir(dir, mode); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := os.Lchown(dir, 0, 0); err != nil {
			return err
		}
	}
	return os.Chmod(dir, mode)
}

// Tools is the directory for the caches of a build's tools; empty for a nil Cache.
func (c *Cache) Tools() string { return c.below(toolsDir) }

// Apk is the directory for apk's downloads; empty for a nil Cache.
func (c *Cache) Apk() string { return c.below(apkDir) }

func (c *Cache) below(name string) string {
	if c == nil {
		return ""
	}
	return filepath.Join(c.dir, name)
}

// Close lets go of the cache.
func (c *Cache) Close() error {
	if c == nil {
		return nil
	}
	return c.lock.Close()
}

// Remove removes dir, also the directories below it that may not be written to: builds leave such.
func Remove(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) //#nosec G302 -- a directory
		}
		return nil
	})
	return os.RemoveAll(dir)
}
