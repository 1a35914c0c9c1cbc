package isolation

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// secretAttribute is an attribute of the hidden file.
const secretAttribute = "user.pakman-isolation"

// pathOnly opens a file with the right to nothing but its place, which Landlock does not look at.
func pathOnly(path string) (descriptor string, done func(), err error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	return "/proc/self/fd/" + strconv.Itoa(fd), func() { _ = unix.Close(fd) }, err
}

func (p places) reopen() error {
	file, done, err := pathOnly(p.Hidden)
	if err != nil {
		return err
	}
	defer done()
	return holds(file)
}

func (p places) linkDescriptor() error {
	file, done, err := pathOnly(p.Hidden)
	if err != nil {
		return err
	}
	defer done()
	if err := unix.Linkat(unix.AT_FDCWD, file, unix.AT_FDCWD, "linked-descriptor", unix.AT_SYMLINK_FOLLOW); err != nil {
		return err
	}
	return holds("linked-descriptor")
}

func chmodDescriptor(path string) error {
	file, done, err := pathOnly(path)
	if err != nil {
		return err
	}
	defer done()
	return os.Chmod(file, 0o755)
}

// exchange puts another file in the place of one, and back.
func exchange(path string) error {
	if err := os.WriteFile("other", []byte("evil"), 0o644); err != nil {
		return err
	}
	for range 2 {
		if err := unix.Renameat2(unix.AT_FDCWD, "other", unix.AT_FDCWD, path, unix.RENAME_EXCHANGE); err != nil {
			return err
		}
	}
	return nil
}

func saysSecret(path string) error {
	out, err := exec.Command(path).Output()
	if err == nil && !strings.Contains(string(out), secretText) {
		err = errors.New("it says something else")
	}
	return err
}

func (p places) readLink() error {
	target, err := os.Readlink(filepath.Join(filepath.Dir(p.Hidden), "link"))
	if err == nil && target != secretText {
		err = errors.New("it leads elsewhere")
	}
	return err
}

func readAttribute(path string) error {
	value := make([]byte, 2*len(secretText))
	n, err := unix.Getxattr(path, secretAttribute, value)
	if err == nil && string(value[:n]) != secretText {
		err = errors.New("something else is there")
	}
	return err
}

// watch asks to be told of changes beside a file.
func watch(path string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	_, err = unix.InotifyAddWatch(fd, filepath.Dir(path), unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB)
	return err
}

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

// message is what a System V message queue holds.
type message struct {
	kind int
	text [16]byte
}

func (p places) receive() error {
	var m message
	const copied, noWait = 0o40000, 0o4000 // MSG_COPY, IPC_NOWAIT
	n, _, errno := unix.Syscall6(unix.SYS_MSGRCV, uintptr(p.Queue), uintptr(unsafe.Pointer(&m)), uintptr(len(m.text)), 0, copied|noWait, 0)
	if errno != 0 {
		return errno
	}
	if string(m.text[:n]) != secretText {
		return errors.New("another message")
	}
	return nil
}

func (p places) removeSegment() error {
	_, err := unix.SysvShmCtl(p.Doomed, unix.IPC_RMID, nil)
	return err
}

func (p places) removeQueue() error {
	name, err := unix.BytePtrFromString(p.Posix)
	if err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(name)), 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func (p places) setPriority() error { return unix.Setpriority(unix.PRIO_PROCESS, p.Other, 19) }

func (p places) setAffinity() error {
	var set unix.CPUSet
	set.Set(0)
	return unix.SchedSetaffinity(p.Other, &set)
}

// makeQueues makes a System V queue with the secret in it, and a POSIX queue.
func makeQueues(name string) (queue int, err error) {
	id, _, errno := unix.Syscall(unix.SYS_MSGGET, unix.IPC_PRIVATE, unix.IPC_CREAT|0o600, 0)
	if errno != 0 {
		return 0, errno
	}
	m := message{kind: 1}
	copy(m.text[:], secretText)
	if _, _, errno := unix.Syscall6(unix.SYS_MSGSND, id, uintptr(unsafe.Pointer(&m)), uintptr(len(secretText)), 0, 0, 0); errno != 0 {
		return 0, errno
	}
	path, err := unix.BytePtrFromString(name)
	if err != nil {
		return 0, err
	}
	small := [8]int{1: 1, 2: 64} // struct mq_attr: one message of that size
	fd, _, errno := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(path)), unix.O_CREAT|unix.O_RDWR, 0o600,
		uintptr(unsafe.Pointer(&small)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(id), unix.Close(int(fd))
}

func removeQueues(queue int, name string) {
	_, _, _ = unix.Syscall(unix.SYS_MSGCTL, uintptr(queue), unix.IPC_RMID, 0)
	if path, err := unix.BytePtrFromString(name); err == nil {
		_, _, _ = unix.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(path)), 0, 0)
	}
}
