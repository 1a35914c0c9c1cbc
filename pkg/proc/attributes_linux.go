package proc

import (
	"math"
	"os"
	"strconv"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// attributes starts a child in a session of its own, without a terminal into which it could type, and lets it
// die with this process, even when that is killed.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: AtDeath(syscall.SIGKILL), Credential: as}
}

// AtDeath returns the signal that a child is to get when this process dies; 0 where the system has no such thing, as some emulators.
func AtDeath(signal syscall.Signal) syscall.Signal {
	if !hasDeathSignal() {
		return 0
	}
	return signal
}

var hasDeathSignal = sync.OnceValue(func() bool {
	var now int32
	return unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&now)), 0, 0, 0) == nil
})

// closeOnExec keeps from children what this process was started with. Go's own descriptors are never inherited,
// those of whoever started this process are.
func closeOnExec() {
	if unix.CloseRange(firstFile, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	// A kernel before 5.11, or one that a container's filter hides.
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		closeEach(openFiles)
		return
	}
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd >= firstFile {
			syscall.CloseOnExec(fd)
		}
	}
}
