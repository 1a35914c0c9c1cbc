package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/internal/flock"
	"github.com/pakman/build/pkg/internal/tempdir"
)

// Entry is what a cache can lose without harm to the rest.
type Entry struct {
	Name string // its path in the cache
	Size int64  // in bytes
}

// List returns what the cache in dir holds, by name.
func List(ctx context.Context, dir string) (entries []Entry, err error) {
	err = inspect(ctx, dir, flock.Shared, func(_ *Cache, units []unit) error {
		for _, u := range units {
			name, _ := filepath.Rel(dir, u.path)
			entries = append(entries, Entry{name, u.size})
		}
		return nil
	})
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, err
}

// Clear removes what has one of the names, lies below it or begins with it; everything without names. It waits until no build uses
// the cache. It returns the names of what it removed.
func Clear(ctx context.Context, dir string, names []string) (removed []string, err error) {
	err = inspect(ctx, dir, flock.Exclusive, func(c *Cache, units []unit) error {
		if c.lock != nil { // a directory that is no cache keeps all that it has
			if err := c.removeUnfinished(); err != nil {
				return err
			}
		}
		for _, u := range units {
			name, _ := filepath.Rel(dir, u.path)
			meant := func(n string) bool { return strings.HasPrefix(name, filepath.Clean(n)) }
			if len(names) > 0 && !slices.ContainsFunc(names, meant) {
				continue
			}
			if err := tempdir.Remove(u.path); err != nil {
				return err
			}
			removed = append(removed, name)
		}
		if len(removed) == 0 && len(names) > 0 {
			return fmt.Errorf("the cache in %s holds nothing of %s", dir, strings.Join(names, ", "))
		}
		return nil
	})
	return removed, err
}

// inspect calls f with what the cache in dir holds, under its lock. A directory that is no cache holds nothing.
func inspect(ctx context.Context, dir string, mode flock.Mode, f func(*Cache, []unit) error) (err error) {
	if dir == "" {
		return errors.New("there is no cache: pass --cache-dir")
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDONLY, 0) //#nosec G304 -- in the user's cache
	if errors.Is(err, fs.ErrNotExist) {
		return f(&Cache{dir: dir}, nil)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := flock.Lock(ctx, lock, mode); err != nil {
		return err
	}
	c := &Cache{dir: dir, lock: lock}
	units, err := c.units()
	if err != nil {
		return err
	}
	return f(c, slices.DeleteFunc(units, func(u unit) bool { return u.size == 0 && filepath.Base(u.path) == apkDir }))
}
