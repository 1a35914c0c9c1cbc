package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/proc"
)

// spec is what the program asks of the copy of itself that it starts inside, see enter.
type spec struct {
	Policy     Policy
	Means      Means
	Probe      bool // only try
	Argv       []string
	Dir        string
	Env        []string
	Credential *syscall.Credential
}

// outcome is what the copy answers.
type outcome struct {
	Done    bool           // false: it was killed
	Error   string         // why the command was not started
	Exit    int            // the command's exit code
	Signal  syscall.Signal // that ended the command
	Refused []string       // what the system refused, of a probe
}

// capSysAdmin is CAP_SYS_ADMIN, capNetAdmin CAP_NET_ADMIN.
const (
	capNetAdmin = unix.CAP_NET_ADMIN
	capSysAdmin = unix.CAP_SYS_ADMIN
)

// granted is what the system lets this process do. It is found out once, by trying: what a kernel has is often
// forbidden by seccomp or AppArmor.
var granted = sync.OnceValue(func() grant {
	for _, means := range []Means{Namespaces, Landlock, None} {
		if refused, ok := try(means, false); ok {
			return grant{means: means, landlock: landlockVersion(), refused: refused}
		}
	}
	return grant{means: None, refused: []string{seccompFilter}}
})

// Available returns the strongest means that the system grants this process.
func Available() Means { return granted().means }

// CanCutNetwork reports whether Policy.Offline is possible.
var CanCutNetwork = sync.OnceValue(func() bool {
	_, ok := try(Available(), true)
	return ok
})

// lookPath finds the command on the machine or in the system that it runs in. In a root of its own it is looked for as it is.
func (s *Sandbox) lookPath(c proc.Cmd) (string, error) {
	switch {
	case s.policy.Root != "":
		return c.Path, nil
	case s.policy.System != "":
		return s.policy.find(c.Path, c.Env)
	}
	return exec.LookPath(c.Path)
}

func try(means Means, offline bool) (refused []string, ok bool) {
	s := &Sandbox{means: means, policy: Policy{Offline: offline}}
	got, _, err := s.start(context.Background(), proc.Cmd{Dir: "/"}, spec{Probe: true})
	return got.Refused, err == nil
}

func (s *Sandbox) run(ctx context.Context, c proc.Cmd) ([]byte, error) {
	path, err := s.lookPath(c)
	argv := append([]string{c.Path}, c.Args...)
	if err != nil {
		return nil, &proc.Error{Argv: argv, ExitCode: -1, Err: err}
	}
	_, out, err := s.start(ctx, c, spec{
		Argv: append([]string{path}, c.Args...), Dir: c.Dir, Env: c.Env, Credential: c.Credential,
	})
	if failed, ok := errors.AsType[*proc.Error](err); ok {
		failed.Argv = argv
	}
	return out, err
}

// start starts the copy with the streams of c, and makes of its outcome what proc.Run would have answered.
func (s *Sandbox) start(ctx context.Context, c proc.Cmd, what spec) (got outcome, out []byte, err error) {
	what.Policy, what.Means = s.policy, s.means
	channel, err := newChannel(what)
	if err != nil {
		return got, nil, err
	}
	defer func() { _ = channel.Close() }() // memory
	guard(what)
	out, err = proc.Run(ctx, proc.Cmd{
		Path: program(), Name: argv0, Dir: "/", Files: []*os.File{channel}, Attributes: s.attributes(), Grace: 2 * proc.Grace,
		Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
	})
	if ctx.Err() != nil {
		killOrphans()
		return got, out, err
	}
	if failed := readOutcome(channel, &got); failed != nil {
		return got, out, failed
	}
	var exit *proc.Error
	switch known := errors.As(err, &exit); {
	case got.Error != "":
		return got, out, errors.New(got.Error)
	case !got.Done || !known:
		killOrphans()
		return got, out, err
	}
	exit.ExitCode, exit.Err = got.Exit, fmt.Errorf("exit status %d", got.Exit)
	if got.Signal != 0 {
		exit.ExitCode, exit.Err = -1, fmt.Errorf("signal: %v", got.Signal)
	}
	return got, out, exit
}

// program is the path of this program. /proc may be missing.
var program = sync.OnceValue(func() string {
	const self = "/proc/self/exe"
	if _, err := os.Lstat(self); err == nil {
		return self
	}
	path, err := exec.LookPath(os.Args[0])
	if err != nil {
		return self
	}
	if path, err = filepath.Abs(path); err != nil {
		return self
	}
	return path
})

// attributes returns the namespaces that the copy is started in. A user namespace maps nobody but this
// user, and gives the copy the rights to mount, which the command does not get.
func (s *Sandbox) attributes() *syscall.SysProcAttr {
	// SIGTERM, because the copy has to end the command when this process dies.
	a := &syscall.SysProcAttr{Setsid: true, Pdeathsig: proc.AtDeath(syscall.SIGTERM)}
	if s.means == Namespaces {
		a.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC
	}
	if s.policy.Offline {
		a.Cloneflags |= unix.CLONE_NEWNET
	}
	if os.Geteuid() == 0 || a.Cloneflags == 0 {
		return a
	}
	a.Cloneflags |= unix.CLONE_NEWUSER
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
	a.AmbientCaps = []uintptr{capSysAdmin, capNetAdmin}
	return a
}

// newChannel returns a file in memory that holds the spec. The copy finds it as its file 3 and puts its
// outcome in place of the spec.
func newChannel(what spec) (*os.File, error) {
	fd, err := unix.MemfdCreate("pakman-sandbox", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	channel := os.NewFile(uintptr(fd), "sandbox")
	if err := json.NewEncoder(channel).Encode(what); err != nil {
		return nil, errors.Join(err, channel.Close())
	}
	return channel, nil
}

func readOutcome(channel *os.File, out *outcome) error {
	const most = 1 << 30
	text, err := io.ReadAll(io.NewSectionReader(channel, 0, most))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}
