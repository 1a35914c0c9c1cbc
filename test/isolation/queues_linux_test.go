package isolation

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

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
