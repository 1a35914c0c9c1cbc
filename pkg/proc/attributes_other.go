//go:build unix && !linux

package proc

import "syscall"

// attributes puts a child into a process group of its own.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: as}
}
