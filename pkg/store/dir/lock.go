package dir

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pakman/build/pkg/internal/atomicfile"
	"github.com/pakman/build/pkg/internal/flock"
)

// lockName is the file in the root whose flock(2) orders all changes. It stays, empty.
const lockName = hidden + ".lock"

// abandoned is the age from which a hidden file is removed when its writer holds no lock on it. It covers the moment
// between the creation of the file and its lock.
const abandoned = time.Minute

// locked runs change while no other process or goroutine changes the store.
func (s *Store) locked(ctx context.Context, change func() error) (err error) {
	f, err := os.OpenFile(filepath.Join(s.root, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }() // closing unlocks
	if err := flock.Lock(ctx, f, flock.Exclusive); err != nil {
		return err
	}
	return change()
}

// sweep removes, once for each directory, the hidden files that killed writers left there. What it
// cannot remove does no harm.
func (s *Store) sweep(dir string) {
	if _, done := s.swept.LoadOrStore(dir, true); done {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), atomicfile.Prefix) || time.Since(info.ModTime()) < abandoned {
			continue
		}
		if path := filepath.Join(dir, e.Name()); atomicfile.Abandoned(path) {
			_ = os.Remove(path)
		}
	}
}
