// Package cache is the directory in which builds keep things for later builds: the caches of their tools, apk's downloads,
// and the packages of whole builds under a digest of all that they were made from. Any number of programs may use it at
// once. Builds themselves write to the tools' caches of their own repository alone, and kept packages are used only when
// they carry an authentication code that no build can make.
package cache

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/internal/flock"
)

// What lies in the directory.
const (
	toolsDir = "tools"  // below it one directory for each repository, of the build's user, and in it one for each tool
	apkDir   = "apk"    // apk's downloads, which root installs
	rootsDir = "roots"  // roots of Alpine in which builds run, which pkg/root makes
	keptDir  = "builds" // below it one directory for each repository, closed to the build's user, and in it one for each build
	lockFile = ".lock"
)

// Cache is an open cache. A nil Cache keeps nothing.
type Cache struct {
	dir    string
	secret []byte
	lock   *os.File // held as long as the cache is open, shared with others
}

// Repository is the part of a cache that the builds of one repository use. A nil Repository keeps nothing.
type Repository struct {
	cache  *Cache
	name   string // of its directories
	secret []byte // authenticates its kept packages
}

// Open creates the directory if it is missing. Nothing is removed from it before Close. Kept packages are authenticated
// with keys that are derived from secret, which builds must not be able to read.
func Open(ctx context.Context, dir string, secret []byte) (*Cache, error) {
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
	return &Cache{dir: dir, secret: secret, lock: lock}, nil
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

// makeDir creates dir, if it is missing, with that mode whatever the umask.
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

// Repository returns the part of the cache for the repository of that identity, such as its URL.
func (c *Cache) Repository(identity string) *Repository {
	if c == nil {
		return nil
	}
	name := sha256.Sum256([]byte(identity))
	h := hmac.New(sha256.New, c.secret)
	fmt.Fprintf(h, "pakman: kept packages of %q", identity)
	return &Repository{cache: c, name: hex.EncodeToString(name[:8]), secret: h.Sum(nil)}
}

// Beside returns the repository with tools' caches in a directory of its own. That lies beside, not below the usual one, which
// builds can write to: they could put a link into its place.
func (r *Repository) Beside(name string) *Repository {
	if r == nil {
		return nil
	}
	beside := *r
	beside.name += "." + name
	return &beside
}

// Tools returns the directory for the caches of a build's tools; empty for a nil Repository.
func (r *Repository) Tools() string {
	if r == nil {
		return ""
	}
	return filepath.Join(r.cache.below(toolsDir), r.name)
}

// kept returns the directory of the build with that digest, or of all builds.
func (r *Repository) kept(digest string) string {
	return filepath.Join(r.cache.below(keptDir), r.name, digest)
}

// Apk returns the directory for apk's downloads; empty for a nil Cache.
func (c *Cache) Apk() string { return c.below(apkDir) }

func (c *Cache) below(name string) string {
	if c == nil {
		return ""
	}
	return filepath.Join(c.dir, name)
}

// Roots returns the directory for roots of Alpine below a cache directory; empty where there is none.
func Roots(dir string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, rootsDir)
}

// Close frees the cache for others to trim.
func (c *Cache) Close() error {
	if c == nil {
		return nil
	}
	return c.lock.Close()
}
