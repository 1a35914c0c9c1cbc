package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

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
