//go:build unix && !linux

package proc

import "syscall"

// attributes starts a child in a session of its own, without a terminal into which it could type.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Credential: as}
}

// closeOnExec keeps from children what this process was started with.
func closeOnExec() { closeEach(openFiles) }
