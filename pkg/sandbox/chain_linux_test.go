package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// chainTime is how many seconds a chain of processes lasts where nothing ends it.
const chainTime = 20

// startChains starts processes in sessions of their own that each start the next one and end, so that none lives for long. They
// count in the file.
func startChains(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	count, err := unix.Mmap(int(f.Fd()), 0, 8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	for i := range count {
		pid, errno := fork()
		if errno != 0 {
			return errno
		}
		if pid == 0 {
			chain(&count[i])
		}
	}
	return nil
}

// fork starts a copy of this thread. Nothing but system calls works in it.
//
//go:norace
func fork() (pid uintptr, errno syscall.Errno) {
	flags, stack := uintptr(unix.SIGCHLD), uintptr(0)
	if runtime.GOARCH == "s390x" {
		flags, stack = stack, flags
	}
	pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, flags, stack, 0, 0, 0, 0)
	return pid, errno
}

//go:norace
func chain(count *byte) {
	var now unix.Timespec
	_, _, _ = unix.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
	_, _, _ = unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&now)), 0)
	until := now.Sec + chainTime
	for now.Sec < until {
		*count++
		if pid, errno := fork(); errno == 0 && pid != 0 {
			_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
		_, _, _ = unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&now)), 0)
	}
	_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
}

// Processes that are gone before anybody could kill them, as each has started the next one, end with the command too.
func TestChainsEnd(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		file := filepath.Join(openDir(t), "count")
		counts := func() string {
			t.Helper()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		if err := errors.Join(os.WriteFile(file, make([]byte, 8), 0o600), os.Chmod(file, 0o666)); err != nil {
			t.Fatal(err)
		}
		s := newSandbox(t, means, Policy{Write: []string{file}})
		start := time.Now()
		if what := "chain=" + file; !tried(t, s, what)[what] {
			t.Fatal("no chain was started")
		}
		if took := time.Since(start); took > chainTime/2*time.Second {
			t.Errorf("they ended after %s, by themselves", took)
		}
		before := counts()
		time.Sleep(200 * time.Millisecond)
		if after := counts(); after != before || strings.Trim(before, "\x00") == "" {
			t.Errorf("they counted to %q, and then to %q", before, after)
		}
	})
}
