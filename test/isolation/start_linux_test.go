package isolation

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// start is one kind of start: what the system grants the program.
type start struct {
	Name       string
	User       bool // an ordinary user; else root
	Namespaces bool
	Landlock   bool
	Docker     bool // root with the capabilities of a container of Docker's
	Emulator   bool // prctl knows nothing
}

// owner is the user who starts the program.
func (s start) owner() int {
	if s.User {
		return nobody
	}
	return 0
}

var starts = []start{
	{Name: "root, namespaces, Landlock", Namespaces: true, Landlock: true},
	{Name: "root, namespaces", Namespaces: true},
	{Name: "root, Landlock", Landlock: true},
	{Name: "root, neither"},
	{Name: "container, Landlock", Docker: true, Landlock: true},
	{Name: "container, neither", Docker: true},
	{Name: "user, namespaces, Landlock", User: true, Namespaces: true, Landlock: true},
	{Name: "user, namespaces", User: true, Namespaces: true},
	{Name: "user, Landlock", User: true, Landlock: true},
	{Name: "user, neither", User: true},
}

// filter returns what a container's filter refuses: Landlock's calls as Docker before 23 does, mounts and namespaces as
// Docker does.
func (s start) filter() []bpf.Instruction {
	refuse := func(number uint32, errno unix.Errno) []bpf.Instruction {
		return []bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpEqual, Val: number, SkipFalse: 1},
			bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(errno)}}
	}
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: 0, Size: 4}}
	if s.Emulator {
		program = append(program, refuse(unix.SYS_PRCTL, unix.EINVAL)...)
	}
	if !s.Landlock {
		program = append(program, refuse(unix.SYS_LANDLOCK_CREATE_RULESET, unix.ENOSYS)...)
	}
	if !s.Namespaces {
		program = append(program, refuse(unix.SYS_MOUNT, unix.EPERM)...)
		program = append(program, refuse(unix.SYS_UNSHARE, unix.EPERM)...)
		program = append(program, refuse(unix.SYS_CLONE3, unix.ENOSYS)...)
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SYS_CLONE, SkipFalse: 3}, bpf.LoadAbsolute{Off: 16, Size: 4},
			bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x7e020000, SkipFalse: 1},
			bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
	}
	return append(program, bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW})
}

// dockers are the capabilities of Docker's containers.
var dockers = map[int]bool{
	unix.CAP_CHOWN: true, unix.CAP_DAC_OVERRIDE: true, unix.CAP_FOWNER: true, unix.CAP_FSETID: true, unix.CAP_KILL: true,
	unix.CAP_SETGID: true,
	unix.CAP_SETUID: true, unix.CAP_SETPCAP: true, unix.CAP_NET_BIND_SERVICE: true, unix.CAP_NET_RAW: true, unix.CAP_SYS_CHROOT: true,
	unix.CAP_MKNOD: true, unix.CAP_AUDIT_WRITE: true, unix.CAP_SETFCAP: true,
}

// become makes of this process, which is root's, what the start says, and of that the program in argv.
func (s start) become(argv []string) error {
	runtime.LockOSThread()
	if _, err := unix.AddKey("user", "pakman-isolation", []byte(secretText), unix.KEY_SPEC_SESSION_KEYRING); err != nil {
		return fmt.Errorf("add_key: %w", err)
	}
	if s.Docker {
		for c := range 64 {
			if !dockers[c] {
				_ = unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0)
			}
		}
	}
	program, err := bpf.Assemble(s.filter())
	if err != nil {
		return err
	}
	raw := make([]unix.SockFilter, len(program))
	for i, in := range program {
		raw[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	prog := unix.SockFprog{Len: uint16(len(raw)), Filter: &raw[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	if s.User { // of this thread, which executes the program
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, nobody, nobody, nobody); errno != 0 {
			return errno
		}
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			return errno
		}
	}
	return syscall.Exec(argv[0], argv, os.Environ())
}

// secretInMemory is looked for from outside.
var secretInMemory = [...]byte{'h', 'u', 'n', 't', 'e', 'r', '2'}

// other is another process of the user: with a secret in its environment, on its command line, in its memory, in an abstract
// socket, and in shared memory.
func other(name, memory string) error {
	l, err := net.Listen("unix", name)
	if err != nil {
		return err
	}
	go func() {
		for {
			if c, err := l.Accept(); err == nil {
				_ = c.Close()
			}
		}
	}()
	segment, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, unix.IPC_CREAT|0o600)
	if err != nil {
		return err
	}
	doomed, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, unix.IPC_CREAT|0o600)
	if err != nil {
		return err
	}
	queue, err := makeQueues(filepath.Base(name))
	if err != nil {
		return err
	}
	at, err := unix.SysvShmAttach(segment, 0, 0)
	if err != nil {
		return err
	}
	copy(at, secretText)
	if err := os.WriteFile(memory, []byte(secretText), 0o600); err != nil {
		return err
	}
	answer := map[string]any{
		"Segment": segment, "Doomed": doomed, "Queue": queue, "Posix": filepath.Base(name),
		"Address": uintptr(unsafe.Pointer(&secretInMemory)),
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		return err
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the test ends
	removeQueues(queue, filepath.Base(name))
	_, _ = unix.SysvShmCtl(doomed, unix.IPC_RMID, nil)
	_, err = unix.SysvShmCtl(segment, unix.IPC_RMID, nil)
	return err
}

// role runs the test binary as one of the programs of the test; -1: as the test.
func role(args []string) int {
	if len(args) < 2 {
		return -1
	}
	var err error
	switch args[1] {
	case "attack":
		return attack(args[2])
	case "knock":
		if err = connect(args[2]); err == nil {
			fmt.Println("somebody is at home")
		}
	case "foreign":
		if runtime.GOARCH == "amd64" {
			const x32 = 0x40000000
			if _, _, errno := unix.RawSyscall(x32|unix.SYS_GETPID, 0, 0, 0); errno != 0 {
				err = errno
			}
		} else {
			err = unix.ENOSYS
		}
	case "other":
		err = other(args[2], args[3])
	case "start":
		var s start
		if err = json.Unmarshal([]byte(args[2]), &s); err == nil {
			err = s.become(args[3:])
		}
	case "look": // another local user
		for range 200 {
			for _, text := range lookInto(args[2]) {
				if strings.Contains(text, secretText) {
					fmt.Println("seen")
					return 0
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
	default:
		return -1
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func lookInto(pattern string) (texts []string) {
	out, _ := exec.Command("sh", "-c", "cat "+pattern).Output()
	return []string{string(out)}
}
