package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// siblings looks for the other application's sources in the directories of all processes.
func (p places) siblings() error {
	if _, err := p.victim(); err != nil {
		return err
	}
	for _, pattern := range []string{"/proc/[0-9]*/cwd/secret.txt", "/proc/[0-9]*/root" + p.Victim} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range found {
			if holds(file) == nil {
				return nil
			}
		}
	}
	return errors.New("none is there")
}

// starter returns the process that started the build's shell.
func starter() (int, error) {
	pid := os.Getppid()
	for range 2 { // this one's shell, and that of the function
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if pid, err = strconv.Atoi(fields[1]); err != nil {
			return 0, err
		}
	}
	return pid, nil
}

func traceAncestor() error {
	pid, err := starter()
	if err != nil {
		return err
	}
	return unix.PtraceSeize(pid)
}

// ancestors opens the memory of what started the build.
func ancestors() error {
	pid, err := starter()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err == nil {
		err = f.Close()
	}
	return err
}

func (p places) setPriority() error { return unix.Setpriority(unix.PRIO_PROCESS, p.Other, 19) }

func (p places) setAffinity() error {
	var set unix.CPUSet
	set.Set(0)
	return unix.SchedSetaffinity(p.Other, &set)
}

// fewProcesses are soon started.
const fewProcesses = 2000

// bomb starts processes until that is refused. It is successful with more than its limit allows, which shows that limits do not
// hold here. The limit is lower than the sandbox's own, which another route looks at, and of this build only: PAKman starts others
// meanwhile.
func bomb() error {
	few := unix.Rlimit{Cur: fewProcesses, Max: fewProcesses}
	if err := unix.Setrlimit(unix.RLIMIT_NPROC, &few); err != nil {
		return nil // refused for another reason: that shows nothing
	}
	var started []uintptr
	defer func() {
		for _, pid := range started {
			_ = unix.Kill(int(pid), unix.SIGKILL)
		}
		for range started {
			_, _ = unix.Wait4(-1, nil, 0, nil)
		}
	}()
	for range fewProcesses + 1 {
		pid, errno := forkAndWait()
		if errno != 0 {
			return errno
		}
		started = append(started, pid)
	}
	return nil
}

// forkAndWait starts a process that does nothing. Nothing but system calls works in it.
//
//go:norace
func forkAndWait() (pid uintptr, errno unix.Errno) {
	pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	for {
		_, _, _ = unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}
