package dir

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockName is the file in the root whose flock(2) orders all changes. It stays, empty.
const lockName = hidden + ".lock"

// abandoned is the age at which a hidden file whose writer holds no lock on it is taken away. It
// covers the moment between the making of the file and its lock.
const abandoned = time.Minute

// locked runs change while no other process or goroutine changes the store.
func (s *Store) locked(ctx context.Context, change func() error) (err error) {
	f, err := os.OpenFile(filepath.Join(s.root, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }() // closing unlocks
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		got, err := tryLock(f)
		if err != nil {
			return err
		}
		if got {
			return change()
		}
		select {
		case <-time.After(rand.N(pause) + pause/2):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryLock takes f's lock if nobody has it.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
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
		if err != nil || !strings.HasPrefix(e.Name(), hidden+"-") || time.Since(info.ModTime()) < abandoned {
			continue
		}
		removeDead(filepath.Join(dir, e.Name()))
	}
}

// removeDead removes the file unless its writer lives.
func removeDead(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	if free, err := tryLock(f); err == nil && free {
		_ = os.Remove(path)
	}
}
