package proc

import "syscall"

// attributes puts a child into a process group of its own and lets it die with this process, even
// when that is killed.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: as}
}
