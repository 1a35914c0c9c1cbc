package proc

import (
	"sync"
	"syscall"
)

const (
	firstFile = 3    // after the standard streams
	openFiles = 1024 // as far as descriptors are looked for where the system does not list them
)

// closeEach marks each descriptor below end; those that are not open are skipped by the system.
func closeEach(end int) {
	for fd := firstFile; fd < end; fd++ {
		syscall.CloseOnExec(fd)
	}
}

// noCore keeps this process, which may hold a signing key, and its children from leaving their memory in a file.
var noCore = sync.OnceFunc(func() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // lowering a limit is always allowed
})

// children are the processes that Run has started and not yet waited for.
var children = struct {
	sync.RWMutex // held for reading while a process is started and not yet in the map
	pids         sync.Map
}{}

// Started calls f while no process is being started. known reports whether Run started the process pid and
// waits for it.
func Started(f func(known func(pid int) bool)) {
	children.Lock()
	defer children.Unlock()
	f(func(pid int) bool {
		_, ok := children.pids.Load(pid)
		return ok
	})
}
