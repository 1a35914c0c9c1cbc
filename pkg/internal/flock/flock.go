// Package flock locks files with flock(2): between processes and between the open files of one process. The system frees a
// lock when its file is closed and when its process ends.
package flock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/backoff"
)

// Mode is who else may hold the lock.
type Mode int

// Exclusive admits nobody else, Shared admits others that share.
const (
	Exclusive Mode = unix.LOCK_EX
	Shared    Mode = unix.LOCK_SH
)

// polling is how often a lock that others hold is tried: flock(2) itself would wait without regard to a context.
var polling = backoff.Policy{First: time.Millisecond, Longest: 20 * time.Millisecond}

// Try takes the lock if it is free and reports whether it did. A lock that f holds in the other mode is changed; it may be
// lost when it is not free.
func Try(f *os.File, mode Mode) (bool, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return false, err
	}
	var locked error
	// Control keeps the descriptor open for the call, also where another goroutine closes f meanwhile.
	if err := raw.Control(func(fd uintptr) { locked = lock(int(fd), mode) }); err != nil {
		return false, err
	}
	if errors.Is(locked, unix.EWOULDBLOCK) {
		return false, nil
	}
	if locked != nil { // network file systems and some of FUSE have no locks
		return false, fmt.Errorf("%s cannot be locked (flock: %w), and without locks runs at the same time could undo each other's "+
			"changes; use a directory of a local file system", f.Name(), locked)
	}
	return true, nil
}

// lock tries until no signal interrupts.
func lock(fd int, mode Mode) error {
	for {
		if err := unix.Flock(fd, int(mode)|unix.LOCK_NB); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Lock waits for the lock until ctx ends.
func Lock(ctx context.Context, f *os.File, mode Mode) error {
	for n := 1; ; n++ {
		if free, err := Try(f, mode); free || err != nil {
			return err
		}
		if err := polling.Wait(ctx, n); err != nil {
			return err
		}
	}
}
