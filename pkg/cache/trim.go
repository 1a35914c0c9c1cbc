package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/flock"
	"github.com/pakman/build/pkg/internal/tempdir"
)

// unit is what can be removed from the cache without harm to the rest: a tool's cache as a whole, or a build.
type unit struct {
	path string
	size int64     // in bytes
	used time.Time // when a file of it was written or read last
}

// Trim removes the least recently used entries until at most limit bytes are left, and returns the names of what it
// removed. It removes nothing while others use the cache: they trim it when they end.
func (c *Cache) Trim(limit int64) (removed []string, err error) {
	if c == nil {
		return nil, nil
	}
	// The shared lock is lost even when the exclusive one is not free.
	defer func() { err = errors.Join(err, flock.Lock(context.Background(), c.lock, flock.Shared)) }()
	if free, err := flock.Try(c.lock, flock.Exclusive); err != nil || !free {
		return nil, err
	}
	if err := c.removeUnfinished(); err != nil {
		return nil, err
	}
	units, err := c.units()
	if err != nil {
		return nil, err
	}
	var total int64
	for _, u := range units {
		total += u.size
	}
	slices.SortFunc(units, func(a, b unit) int { return a.used.Compare(b.used) })
	for _, u := range units {
		if total <= limit {
			break
		}
		if err := tempdir.Remove(u.path); err != nil {
			return removed, err
		}
		name, _ := filepath.Rel(c.dir, u.path)
		removed, total = append(removed, name), total-u.size
	}
	return removed, nil
}

// removeUnfinished removes what killed programs have left incomplete. No other program uses the cache now, so none is still
// writing it.
func (c *Cache) removeUnfinished() error {
	const each = unfinishedPrefix + "*"
	unfinished, err := c.glob(keptDir+"/*/"+each, toolsDir+"/"+each, rootsDir+"/"+each)
	for _, path := range unfinished {
		err = errors.Join(err, tempdir.Remove(path))
	}
	return err
}

func (c *Cache) units() ([]unit, error) {
	paths, err := c.glob(rootsDir+"/[^.]*", toolsDir+"/*/*", keptDir+"/*/*") // beside the roots are locks
	if err != nil {
		return nil, err
	}
	paths = append(paths, c.below(apkDir))
	units := make([]unit, len(paths))
	for i, path := range paths {
		u := unit{path: path}
		if info, err := os.Stat(path); err == nil && filepath.Dir(path) == c.below(rootsDir) {
			u.used = info.ModTime() // of a root it is set when a build uses it
		}
		if err := filepath.WalkDir(path, u.add); err != nil {
			return nil, err
		}
		units[i] = u
	}
	return units, nil
}

var globSpecial = regexp.MustCompile(`[*?\[\\]`)

// glob returns the paths in the cache that match one of the patterns.
func (c *Cache) glob(patterns ...string) (paths []string, err error) {
	root := globSpecial.ReplaceAllString(c.dir, `\$0`)
	for _, pattern := range patterns {
		found, bad := filepath.Glob(filepath.Join(root, pattern))
		paths, err = append(paths, found...), errors.Join(err, bad)
	}
	return paths, err
}

// add counts one file. Directories are read by this very walk, so their times say nothing.
func (u *unit) add(path string, e fs.DirEntry, err error) error {
	if err != nil || e.IsDir() {
		return err
	}
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return err
	}
	u.size += st.Size
	for _, t := range []unix.Timespec{st.Mtim, st.Atim} {
		if at := time.Unix(t.Unix()); at.After(u.used) {
			u.used = at
		}
	}
	return nil
}

// ParseSize reads a size in bytes such as "500MB", "5 GB" or "2GiB".
func ParseSize(text string) (int64, error) {
	refused := fmt.Errorf("%q is not a size such as 500MB or 5GB", text)
	plain := strings.TrimSpace(text)
	if strings.Trim(plain, "0123456789.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ") != "" { // 1,5 would be 15
		return 0, refused
	}
	n, err := humanize.ParseBytes(plain)
	if err != nil || n > math.MaxInt64 {
		return 0, refused
	}
	return int64(n), nil
}
