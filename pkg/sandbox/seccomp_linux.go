package sandbox

import (
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// refused are the system calls that no build needs. Each is a way around the other means of the sandbox, or
// reaches into the kernel further than a build has to.
var refused = []struct {
	errno unix.Errno
	calls []string
}{
	// ENOSYS where programs know what to do without the call.
	{unix.ENOSYS, []string{"io_uring_setup", "io_uring_enter", "io_uring_register", // its requests pass by this filter
		"clone3"}}, // its flags are in memory, where a filter cannot see them; clone is used instead
	{unix.EPERM, []string{
		"keyctl", "add_key", "request_key", // the keys of the user who started the build
		"mount", "umount2", "pivot_root", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick",
		"mount_setattr", "swapon", "swapoff", "setns", // other views of the file system
		"open_by_handle_at", "fanotify_init", "pidfd_getfd", "kcmp", // files without their paths
		"bpf", "perf_event_open", "userfaultfd", "syslog", "acct", "iopl", "ioperm",
		"kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot",
		"settimeofday", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64", "vhangup",
		"socketcall", // its arguments are in memory; C libraries use socket first
	}},
}

// refusedAmongOthers are those by which a process reaches others of its user, where nothing else keeps them apart.
var refusedAmongOthers = []string{"ptrace", "process_vm_readv", "process_vm_writev"}

// refusedShared are those that reach what processes of one user share, where the build has no IPC namespace.
var refusedShared = []string{"shmget", "shmat", "shmctl", "mq_open", "mq_unlink"}

// refusedOfOthers are those whose first argument is a process, or 0 for the own one, where the user's other processes are in reach.
var refusedOfOthers = []string{"prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler"}

// priorities are those whose first argument says what the second one names, and the value for all processes of a user.
var priorities = map[string]uint32{"setpriority": unix.PRIO_USER, "ioprio_set": 3}

// namespaceFlags ask clone or unshare for a namespace.
const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// filter is what differs between the filters of two builds.
type filter struct {
	unixSockets bool // sockets of the family AF_UNIX may be made; pairs that are connected already always may
	sameUser    bool // the processes of the user who started the program are in reach
	trace       bool // ptrace and its like are harmless
}

// variants are the architectures whose programs run on the same kernel. auditArch is the kernel's name.
var (
	variants  = [][]string{{"amd64", "386"}, {"arm64", "arm"}}
	auditArch = map[string]uint32{
		"amd64": unix.AUDIT_ARCH_X86_64, "386": unix.AUDIT_ARCH_I386, "arm64": unix.AUDIT_ARCH_AARCH64, "arm": unix.AUDIT_ARCH_ARM,
		"riscv64": unix.AUDIT_ARCH_RISCV64, "ppc64le": unix.AUDIT_ARCH_PPC64LE, "s390x": unix.AUDIT_ARCH_S390X,
		"loong64": unix.AUDIT_ARCH_LOONGARCH64,
	}
)

// install sets the filter for the thread and all that it starts.
func (f filter) install() error {
	if !slices.Contains(architectures, runtime.GOARCH) {
		return fmt.Errorf("seccomp: the system calls of %s are not known", runtime.GOARCH)
	}
	program, err := bpf.Assemble(f.program(runtime.GOARCH))
	if err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	raw := make([]unix.SockFilter, len(program))
	for i, in := range program {
		raw[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	prog := unix.SockFprog{Len: uint16(len(raw)), Filter: &raw[0]} //#nosec G115 -- some hundred instructions
	err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0)
	runtime.KeepAlive(raw)
	if err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return nil
}

// Where struct seccomp_data has what the filter looks at.
const (
	atNumber = 0
	atArch   = 4
	atArgs   = 16
)

const x32 = 0x40000000 // in the numbers of amd64's calls with 32-bit pointers

// program returns the filter's instructions. A program of another architecture than those that are known
// would have other numbers: it is killed.
func (f filter) program(arch string) []bpf.Instruction {
	archs := []string{arch}
	for _, v := range variants {
		if slices.Contains(v, arch) {
			archs = v
		}
	}
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: atArch, Size: 4}}
	for _, a := range archs {
		body := f.body(a)
		// A conditional jump does not reach over the body.
		//#nosec G115 -- short
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: auditArch[a], SkipTrue: 1}, bpf.Jump{Skip: uint32(len(body))})
		program = append(program, body...)
	}
	return append(program, kill)
}

var (
	permit = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}
	kill   = bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS}
)

func fail(errno unix.Errno) bpf.Instruction {
	return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(errno)} //#nosec G115 -- small
}

// body returns the instructions for one architecture, which all end the program.
func (f filter) body(arch string) []bpf.Instruction {
	b := body{column: slices.Index(architectures, arch), bigEndian: arch == "s390x"}
	b.add(bpf.LoadAbsolute{Off: atNumber, Size: 4})
	if arch == "amd64" {
		b.add(bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: x32, SkipFalse: 1}, kill)
	}
	for _, r := range refused {
		for _, call := range r.calls {
			b.when(call, fail(r.errno))
		}
	}
	if f.sameUser {
		for _, call := range refusedShared {
			b.when(call, fail(unix.EPERM))
		}
		const shmat, shmget, shmctl = 21, 23, 24 // of the call that stands for all of System V IPC
		b.when("ipc", b.arg(0), bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: math.MaxUint16},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: shmat, SkipTrue: 2}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: shmget, SkipTrue: 1},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: shmctl, SkipFalse: 1}, fail(unix.EPERM), permit)
		for _, call := range refusedOfOthers {
			b.when(call, b.arg(0), bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1}, fail(unix.EPERM), permit)
		}
		for _, call := range slices.Sorted(maps.Keys(priorities)) {
			b.when(call, b.arg(0), bpf.JumpIf{Cond: bpf.JumpEqual, Val: priorities[call], SkipTrue: 2},
				b.arg(1), bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1}, fail(unix.EPERM), permit)
		}
	}
	if !f.trace {
		for _, call := range refusedAmongOthers {
			b.when(call, fail(unix.EPERM))
		}
	}
	flags := uint32(0)
	if arch == "s390x" {
		flags = 1
	}
	b.when("clone", b.arg(flags), bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: namespaceFlags, SkipFalse: 1}, fail(unix.EPERM), permit)
	b.when("unshare", b.arg(0), bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: namespaceFlags | unix.CLONE_NEWTIME, SkipFalse: 1}, fail(unix.EPERM),
		permit)
	b.when("ioctl", b.arg(1), // typing into a terminal
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.TIOCSTI, SkipTrue: 1}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: tioclinux, SkipFalse: 1},
		fail(unix.EPERM), permit)
	f.sockets(&b)
	b.add(permit)
	return b.instructions
}

const tioclinux = 0x541c // pastes into a console

// sockets allows the families that builds use, of netlink the part that lists this machine's addresses.
func (f filter) sockets(b *body) {
	netlink := []bpf.Instruction{b.arg(2), bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.NETLINK_ROUTE, SkipFalse: 1}, permit,
		fail(unix.EPROTONOSUPPORT)}
	check := []bpf.Instruction{b.arg(0)}
	families := []uint32{unix.AF_INET, unix.AF_INET6}
	if f.unixSockets {
		families = append(families, unix.AF_UNIX)
	}
	for _, family := range families {
		check = append(check, bpf.JumpIf{Cond: bpf.JumpEqual, Val: family, SkipFalse: 1}, permit)
	}
	check = append(check, bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.AF_NETLINK, SkipTrue: 1}, fail(unix.EAFNOSUPPORT))
	b.when("socket", append(check, netlink...)...)
	if f.unixSockets {
		return
	}
	const kinds = 0xf // of the socket's type, beside its flags
	// A pair of datagram sockets could be connected anew, or send to an address.
	b.when("socketpair", b.arg(1), bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: kinds},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SOCK_STREAM, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SOCK_SEQPACKET, SkipFalse: 1},
		permit, fail(unix.EAFNOSUPPORT))
}

// body collects instructions. Between them the accumulator holds the call's number.
type body struct {
	instructions []bpf.Instruction
	column       int // in numbers
	bigEndian    bool
}

func (b *body) add(in ...bpf.Instruction) { b.instructions = append(b.instructions, in...) }

// when adds what is done for a call; all of its ways end the program.
func (b *body) when(call string, then ...bpf.Instruction) {
	n := numbers[call][b.column]
	if n == absent {
		return
	}
	b.add(bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(n), SkipFalse: uint8(len(then))}) //#nosec G115 -- short
	b.add(then...)
}

// arg loads the lower half of an argument. The kernel, too, looks at no more of those that the filter does.
func (b *body) arg(n uint32) bpf.Instruction {
	off := uint32(atArgs) + 8*n
	if b.bigEndian {
		off += 4
	}
	return bpf.LoadAbsolute{Off: off, Size: 4}
}
