package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/proc"
)

// adopt lets this process become the parent of what a build leaves behind when it kills the copy that watches it.
var adopt = sync.OnceFunc(func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })

// hide closes this process's memory, environment and files below /proc to others of its user.
var hide = sync.OnceFunc(func() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) })

// guard protects this process from a command that the sandbox does not keep apart from it.
func guard(s spec) {
	if s.Means == Namespaces {
		return
	}
	adopt()
	// Who makes a user namespace for a child writes to the child's files in /proc.
	if !s.Probe && (!s.Policy.Offline || os.Geteuid() == 0) {
		hide()
	}
}

// killOrphans kills what a build left behind whose copy was killed before it could do so. Such processes differ from this
// process's other children: nobody waits for them, and they cannot gain rights.
func killOrphans() {
	proc.Started(func(known func(pid int) bool) {
		for range 1000 { // each of them may leave children in turn
			orphans := 0
			for _, pid := range children() {
				if known(pid) || !confined(pid) {
					continue
				}
				orphans++
				_ = syscall.Kill(pid, syscall.SIGKILL)
				_, _ = syscall.Wait4(pid, nil, 0, nil)
			}
			if orphans == 0 {
				return
			}
		}
	})
}

// confined reports whether a process has no_new_privs set.
func confined(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return err == nil && bytes.Contains(text, []byte("\nNoNewPrivs:\t1\n"))
}

// killChildren kills all that the command left behind. Whatever loses its parent becomes a child of
// this process, the subreaper, so killing children until there are none ends every descendant.
func killChildren() {
	const pause, patience = time.Millisecond, 10 * time.Second
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(pause) {
		for _, pid := range children() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if err == syscall.ECHILD {
				return
			}
			if err != nil || pid == 0 {
				break
			}
		}
	}
}

// children returns the processes whose parent is this one.
func children() []int {
	self := strconv.Itoa(os.Getpid())
	entries, _ := os.ReadDir("/proc") // without /proc there is nothing to find
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue // it has ended
		}
		// "PID (NAME) STATE PARENT …", and NAME may hold anything.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 && string(fields[1]) == self {
			pids = append(pids, pid)
		}
	}
	return pids
}
