package proc

import (
	"math"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes starts a child in a session of its own, without a terminal into which it could type, and lets it
// die with this process, even when that is killed.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Credential: as}
}

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
