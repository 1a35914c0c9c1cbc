package sandbox

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// decide runs the filter for one system call. The machine that x/net/bpf imitates reads numbers as the network writes them.
func decide(t *testing.T, f filter, arch, call string, number int, args ...uint64) uint32 {
	t.Helper()
	vm, err := bpf.NewVM(f.program(arch))
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[atNumber:], uint32(number))
	binary.BigEndian.PutUint32(data[atArch:], auditArch[arch])
	for i, arg := range args {
		if arch == "s390x" {
			binary.BigEndian.PutUint64(data[atArgs+8*i:], arg)
		} else {
			binary.BigEndian.PutUint32(data[atArgs+8*i:], uint32(arg))
		}
	}
	got, err := vm.Run(data)
	if err != nil {
		t.Fatalf("%s on %s: %v", call, arch, err)
	}
	return uint32(got)
}

// On every architecture the filter refuses what it should and nothing else.
func TestFilter(t *testing.T) {
	refuse := func(errno unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(errno) }
	closed := filter{sameUser: true}
	open := filter{unixSockets: true, trace: true}
	for column, arch := range architectures {
		flags := func(flags uint64) []uint64 {
			if arch == "s390x" {
				return []uint64{0, flags}
			}
			return []uint64{flags}
		}
		for _, c := range []struct {
			filter filter
			call   string
			args   []uint64
			want   uint32
		}{
			{open, "keyctl", nil, refuse(unix.EPERM)}, {open, "mount", nil, refuse(unix.EPERM)}, {open, "clone3", nil, refuse(unix.ENOSYS)},
			{open, "io_uring_setup", nil, refuse(unix.ENOSYS)}, {open, "bpf", nil, refuse(unix.EPERM)},
			{open, "clone", flags(unix.CLONE_VM | unix.CLONE_VFORK), unix.SECCOMP_RET_ALLOW},
			{open, "clone", flags(unix.CLONE_NEWUSER), refuse(unix.EPERM)},
			{open, "unshare", []uint64{unix.CLONE_FS}, unix.SECCOMP_RET_ALLOW},
			{open, "unshare", []uint64{unix.CLONE_NEWNS}, refuse(unix.EPERM)},
			{open, "ioctl", []uint64{0, 0x5401}, unix.SECCOMP_RET_ALLOW}, {open, "ioctl", []uint64{0, 0x5412}, refuse(unix.EPERM)},
			{open, "ioctl", []uint64{0, 0x541c}, refuse(unix.EPERM)},
			{open, "ioctl", []uint64{0, 1<<32 | 0x5412}, refuse(unix.EPERM)},
			{open, "socket", []uint64{unix.AF_UNIX}, unix.SECCOMP_RET_ALLOW},
			{closed, "socket", []uint64{unix.AF_UNIX}, refuse(unix.EAFNOSUPPORT)},
			{closed, "socket", []uint64{unix.AF_INET6}, unix.SECCOMP_RET_ALLOW},
			{closed, "socket", []uint64{unix.AF_ALG}, refuse(unix.EAFNOSUPPORT)},
			{closed, "socket", []uint64{unix.AF_NETLINK, 0, 0}, unix.SECCOMP_RET_ALLOW},
			{closed, "socket", []uint64{unix.AF_NETLINK, 0, 4}, refuse(unix.EPROTONOSUPPORT)},
			{closed, "socketpair", []uint64{1, unix.SOCK_STREAM | unix.SOCK_CLOEXEC}, unix.SECCOMP_RET_ALLOW},
			{closed, "socketpair", []uint64{1, unix.SOCK_DGRAM}, refuse(unix.EAFNOSUPPORT)},
			{open, "socketpair", []uint64{1, unix.SOCK_DGRAM}, unix.SECCOMP_RET_ALLOW}, {open, "ptrace", nil, unix.SECCOMP_RET_ALLOW},
			{closed, "ptrace", nil, refuse(unix.EPERM)},
			{closed, "prlimit64", []uint64{0}, unix.SECCOMP_RET_ALLOW}, {closed, "prlimit64", []uint64{1}, refuse(unix.EPERM)},
			{open, "prlimit64", []uint64{1}, unix.SECCOMP_RET_ALLOW},
			{closed, "ipc", []uint64{21}, refuse(unix.EPERM)}, {closed, "ipc", []uint64{14}, unix.SECCOMP_RET_ALLOW},
			{closed, "shmget", nil, refuse(unix.EPERM)}, {closed, "shmctl", nil, refuse(unix.EPERM)},
			{closed, "ipc", []uint64{24}, refuse(unix.EPERM)}, {closed, "ipc", []uint64{23}, refuse(unix.EPERM)},
			{closed, "mq_unlink", nil, refuse(unix.EPERM)}, {open, "mq_unlink", nil, unix.SECCOMP_RET_ALLOW},
			{closed, "sched_setaffinity", []uint64{0}, unix.SECCOMP_RET_ALLOW},
			{closed, "sched_setaffinity", []uint64{7}, refuse(unix.EPERM)}, {open, "sched_setattr", []uint64{7}, unix.SECCOMP_RET_ALLOW},
			{closed, "setpriority", []uint64{0, 0, 19}, unix.SECCOMP_RET_ALLOW},
			{closed, "setpriority", []uint64{0, 7, 19}, refuse(unix.EPERM)},
			{closed, "setpriority", []uint64{unix.PRIO_USER, 0, 19}, refuse(unix.EPERM)},
			{closed, "ioprio_set", []uint64{3, 0}, refuse(unix.EPERM)}, {closed, "ioprio_set", []uint64{1, 0}, unix.SECCOMP_RET_ALLOW},
		} {
			number := numbers[c.call][column]
			if number == absent {
				continue
			}
			if got := decide(t, c.filter, arch, c.call, number, c.args...); got != c.want {
				t.Errorf("%s: %s%v: %#x, want %#x", arch, c.call, c.args, got, c.want)
			}
		}
		if got := decide(t, open, arch, "unknown", 9999); got != unix.SECCOMP_RET_ALLOW {
			t.Errorf("%s: an unknown call: %#x", arch, got)
		}
	}
	if got := decide(t, open, "amd64", "x32", x32|39); got != unix.SECCOMP_RET_KILL_PROCESS {
		t.Errorf("x32: %#x", got)
	}
	vm, err := bpf.NewVM(open.program("amd64"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Run(make([]byte, 64)); err != nil || uint32(got) != unix.SECCOMP_RET_KILL_PROCESS {
		t.Errorf("a foreign architecture: %#x, %v", got, err)
	}
}
