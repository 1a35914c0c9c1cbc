package flock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/flock"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	a, b, c := open(), open(), open()
	try := func(f *os.File, mode flock.Mode, want bool) {
		t.Helper()
		if got, err := flock.Try(f, mode); err != nil || got != want {
			t.Errorf("%v, %v, want %v", got, err, want)
		}
	}
	try(a, flock.Shared, true)
	try(b, flock.Shared, true)
	try(c, flock.Exclusive, false)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := flock.Lock(ctx, c, flock.Exclusive); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that others hold: %v", err)
	}
	time.AfterFunc(10*time.Millisecond, func() { _, _ = a.Close(), b.Close() })
	if err := flock.Lock(t.Context(), c, flock.Exclusive); err != nil {
		t.Error(err)
	}
	if _, err := flock.Try(a, flock.Shared); err == nil {
		t.Error("a closed file can be locked")
	}
}

// TestImpossible takes the lock of a descriptor that cannot be locked, and expects an error that names the file.
func TestImpossible(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(path, unix.O_PATH, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), path)
	defer func() { _ = f.Close() }()
	for _, mode := range []flock.Mode{flock.Exclusive, flock.Shared} {
		err := flock.Lock(t.Context(), f, mode)
		if !errors.Is(err, unix.EBADF) || !strings.Contains(err.Error(), path+" cannot be locked") {
			t.Errorf("mode %d: %v", mode, err)
		}
	}
}
