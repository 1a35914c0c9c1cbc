package isolation

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// places is what the hostile build is told of the machine: it knows where everything is.
type places struct {
	Hidden    string   // files that it must not read, in directories that it must not list
	Tools     string   // a directory of PATH below the home directory
	Kept      string   // a package that is kept for later builds
	Output    string   // a published package
	Bucket    string   // likewise, in a bucket that is a directory
	Victim    string   // pattern of a source file of another application that is built at the same time
	Shared    string   // a file of the user in /tmp
	Agent     string   // a socket that only its owner may use
	Public    string   // a socket, in a hidden directory, that everybody may use
	Abstract  string   // the name of an abstract socket
	Terminal  string   // another terminal of the user
	Memory    string   // a file in /dev/shm
	Queue     int      // a System V message queue
	Posix     string   // the name of a POSIX message queue
	Doomed    int      // a segment of shared memory, to be removed
	Segment   int      // a segment of System V shared memory
	Other     int      // a process
	Address   uintptr  // of a secret in its memory
	User      bool     // an ordinary user started the program
	Survivors string   // the argument of processes that stay
	Shell     []string // the attempts of the table above, as shell commands, by number
}

const secretText = "hunter2"

// holds reads a file and reports whether the secret is in it.
func holds(path string) error {
	text, err := os.ReadFile(path)
	if err == nil && !strings.Contains(string(text), secretText) {
		err = errors.New("something else is there")
	}
	return err
}

// change writes to a file where there is one; a sandbox may have another one of that name, which holds no secret.
func change(path string) error {
	if err := existing(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("evil\n")
	return errors.Join(err, f.Close())
}

func existing(path string) error {
	info, err := os.Lstat(path)
	if err == nil && info.Size() == 0 && info.Mode().IsRegular() {
		err = errors.New("nothing is there")
	}
	return err
}

func connect(path string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return unix.Connect(fd, &unix.SockaddrUnix{Name: path})
}

// call makes a system call that no build needs. What it returns says whether it was refused.
func call(number uintptr, args ...uintptr) error {
	args = append(args, 0, 0, 0, 0, 0, 0)
	_, _, errno := unix.Syscall6(number, args[0], args[1], args[2], args[3], args[4], args[5])
	if slices.Contains([]unix.Errno{unix.EPERM, unix.ENOSYS, unix.EACCES, unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT}, errno) {
		return errno
	}
	return nil // any other error is the call's own
}

// victim finds the source file of the other application.
func (p places) victim() (string, error) {
	for range 20 {
		if found, _ := filepath.Glob(p.Victim); len(found) > 0 {
			return found[0], nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	// What cannot be listed can be named.
	return strings.NewReplacer("pakman*", "pakman", "/*/", "/main/").Replace(p.Victim), nil
}

func (p places) readMemory(call uintptr) error {
	buffer := make([]byte, len(secretText))
	local := unix.Iovec{Base: &buffer[0], Len: uint64(len(buffer))}
	remote := unix.RemoteIovec{Base: p.Address, Len: len(buffer)}
	_, _, errno := unix.Syscall6(call, uintptr(p.Other), uintptr(unsafe.Pointer(&local)), 1, uintptr(unsafe.Pointer(&remote)), 1, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func (p places) sharedSegment() error {
	at, err := unix.SysvShmAttach(p.Segment, 0, unix.SHM_RDONLY)
	if err == nil && !strings.HasPrefix(string(at), secretText) {
		err = errors.New("another segment")
	}
	return err
}

func (p places) datagrams() error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	err = unix.Connect(fds[0], &unix.SockaddrUnix{Name: p.Public})
	if errors.Is(err, unix.EPROTOTYPE) {
		return nil // it was found, and is of another type
	}
	return err
}

func typeInto(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	letter := byte('x')
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.TIOCSTI, uintptr(unsafe.Pointer(&letter)))
	if errno == 0 || errno == unix.EIO { // the kernel's own setting
		return nil
	}
	return errno
}

func descriptors() error {
	for fd := 3; fd < 64; fd++ {
		buffer := make([]byte, 64)
		n, err := unix.Pread(fd, buffer, 0)
		if err == nil && strings.Contains(string(buffer[:max(n, 0)]), secretText) {
			return nil
		}
	}
	return errors.New("there are none")
}

func keys() error {
	for _, ring := range []int{unix.KEY_SPEC_SESSION_KEYRING, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_USER_SESSION_KEYRING} {
		if _, err := unix.KeyctlSearch(ring, "user", "pakman-isolation", 0); err == nil {
			return nil
		}
	}
	if _, err := unix.AddKey("user", "pakman-evil", []byte("x"), unix.KEY_SPEC_USER_KEYRING); err == nil {
		return nil
	}
	return errors.New("no keys")
}

// limitOf is successful when a resource has no limit.
func limitOf(resource int, most uint64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil {
		return err
	}
	if limit.Max <= most {
		return errors.New("limited")
	}
	return nil
}

func (p places) groups() error {
	if p.User {
		return errors.New("only root can take groups away")
	}
	got, err := unix.Getgroups()
	if err == nil && !slices.Contains(got, 4) {
		err = errors.New("dropped")
	}
	return err
}

// stay starts processes that are to outlive the build. The test looks for them afterwards.
func (p places) stay() error {
	cmd := exec.Command("sh", "-c", "setsid sh -c 'setsid sleep "+p.Survivors+" & exec sleep "+p.Survivors+"' </dev/null >/dev/null 2>&1 &")
	err := cmd.Run()
	time.Sleep(300 * time.Millisecond)
	return errors.Join(err, errors.New("judged from outside"))
}

// foreign makes a call with the numbers of another architecture.
func foreign() error {
	cmd := exec.Command("/proc/self/exe", "foreign")
	return cmd.Run()
}

func listed(dir string) error {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) == 0 {
		err = errors.New("empty")
	}
	return err
}

// attack is what the test binary does as the hostile build.
func attack(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	var p places
	if err := json.Unmarshal(text, &p); err != nil {
		fmt.Println(err)
		return 1
	}
	for i, r := range routes() {
		answer := "GOT "
		if err := r.try(p); err != nil {
			answer = "DENIED "
		}
		fmt.Printf("%s%d\n", answer, i)
	}
	return 0
}

func shell(i int) func(places) error {
	return func(p places) error {
		cmd := exec.Command("sh", "-c", p.Shell[i])
		out, _ := cmd.Output()
		if len(out) == 0 {
			return errors.New("nothing")
		}
		return nil
	}
}

func dial(p places) error {
	c, err := net.DialTimeout("unix", p.Abstract, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return err
}

func (p places) replaceTool() error {
	file := filepath.Join(p.Tools, "git")
	if err := os.WriteFile(file+".new", []byte("#!/bin/sh\necho evil\n"), 0o755); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func (p places) hardLink() error {
	if err := os.Link(p.Hidden, "linked"); err != nil {
		return err
	}
	return holds("linked")
}

func (p places) touch() error {
	if err := existing(p.Hidden); err != nil {
		return err
	}
	return os.Chtimes(p.Hidden, time.Unix(1, 0), time.Unix(1, 0))
}

// recipe is the APKBUILD of the build itself.
const recipe = "../APKBUILD"

// writeRecipe changes the APKBUILD, and puts back what it held, as the build is refused otherwise.
func writeRecipe(places) error {
	before, err := os.ReadFile(recipe)
	if err != nil {
		return err
	}
	if err := os.Chmod(recipe, 0o666); err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EROFS) {
		return err
	}
	if err := os.WriteFile(recipe, []byte("evil"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(recipe, before, 0o644)
}

// moved takes the APKBUILD, or the directory so many levels above it, away, and brings it back.
func moved(levels int) error {
	path, err := filepath.Abs(recipe)
	if err != nil {
		return err
	}
	for range levels {
		path = filepath.Dir(path)
	}
	if err := os.Rename(path, path+".moved"); err != nil {
		return err
	}
	return os.Rename(path+".moved", path)
}

func (p places) onHidden(f func(string) error) error {
	if err := existing(p.Hidden); err != nil {
		return err
	}
	return f(p.Hidden)
}

func (p places) onVictim(f func(string) error) error {
	file, err := p.victim()
	if err != nil {
		return err
	}
	return f(file)
}

func (p places) commandLine() error { return holds("/proc/" + strconv.Itoa(p.Other) + "/cmdline") }

func (p places) setLimit() error {
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	_, _, errno := unix.Syscall6(unix.SYS_PRLIMIT64, uintptr(p.Other), unix.RLIMIT_STACK, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func (p places) openMemory() error {
	f, err := os.Open("/proc/" + strconv.Itoa(p.Other) + "/mem")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	buffer := make([]byte, len(secretText))
	_, err = f.ReadAt(buffer, int64(p.Address))
	return err
}
