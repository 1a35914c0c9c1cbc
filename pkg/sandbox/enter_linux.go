package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/proc"
)

// argv0 is the name by which this program knows that it is the copy inside.
const argv0 = "pakman-sandbox"

// The mounts of a namespace are made by a process in it, before the command starts, and Go cannot run
// code between fork and exec. So the program starts a copy of itself, whatever program it is part of
// (pakman, `go run`, a test), and the copy never gets to main.
//
//nolint:gochecknoinits // no registry: it must come before main of every program, also of tests
func init() {
	if len(os.Args) == 1 && os.Args[0] == argv0 {
		syscall.Exit(enter()) // os.Exit waits a second in a program that has the race detector, for nothing here
	}
}

// enter confines the process, runs the command and answers with its outcome.
func enter() int {
	runtime.LockOSThread() // Landlock and capabilities are the thread's, and the command's are those of the thread that starts it
	const fd = 3           // the first of exec.Cmd.ExtraFiles
	unix.CloseOnExec(fd)
	channel := os.NewFile(fd, "sandbox")
	var what spec
	if err := json.NewDecoder(io.NewSectionReader(channel, 0, 1<<30)).Decode(&what); err != nil {
		return 1
	}
	got := what.execute()
	got.Done = true
	text, err := json.Marshal(got)
	if err == nil {
		err = channel.Truncate(0)
	}
	if err == nil {
		_, err = channel.WriteAt(text, 0)
	}
	if err != nil || got.Error != "" || got.Exit != 0 || got.Signal != 0 {
		return 1
	}
	return 0
}

func (s spec) execute() outcome {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	refused, err := s.confine()
	if err != nil {
		return outcome{Error: "sandbox: " + err.Error()}
	}
	if s.Probe {
		return outcome{Refused: refused}
	}
	cmd := &exec.Cmd{
		Path: s.Argv[0], Args: s.Argv, Dir: s.Dir, Env: s.Env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Pdeathsig: proc.AtDeath(syscall.SIGKILL), Credential: s.Credential},
	}
	if cmd.Env == nil {
		cmd.Env = []string{}
	}
	if err := cmd.Start(); err != nil {
		return outcome{Error: err.Error()}
	}
	go func() {
		<-signals
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		time.Sleep(proc.Grace)
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}()
	err = cmd.Wait()
	killChildren()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{Error: err.Error()}
	}
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return outcome{Signal: status.Signal()}
	}
	return outcome{Exit: status.ExitStatus()}
}

// confine takes from the process what the command is not to have, and returns what the system refused to take.
func (s spec) confine() (refused []string, err error) {
	if s.Policy.Offline {
		loopback()
	}
	abi := landlockVersion()
	if s.Means == Namespaces {
		if err := s.mount(); err != nil {
			return nil, err
		}
	}
	if s.root() {
		dropCapabilities(s.Policy.Root == "")
	}
	refused = limit(s.sameUser())
	sockets := s.Means == Namespaces || !s.sameUser()
	switch s.Means {
	case Namespaces:
		if err := scope(abi); err != nil {
			return nil, err
		}
	case Landlock:
		sockets = sockets || abi >= abiSockets
		if err := s.landlock(abi); err != nil {
			return nil, err
		}
	case None:
	}
	f := filter{unixSockets: sockets, sameUser: s.Means != Namespaces && s.sameUser(), trace: s.Means != None || !s.sameUser()}
	if err := f.install(); err != nil {
		refused = append(refused, seccompFilter)
	}
	return refused, nil
}

// sameUser reports whether the command runs as the user who started the program.
func (s spec) sameUser() bool {
	return s.Credential == nil || int(s.Credential.Uid) == os.Geteuid()
}

// root reports whether the command runs as root, be it that it was asked for or that nobody else was.
func (s spec) root() bool {
	return os.Geteuid() == 0 && (s.Credential == nil || s.Credential.Uid == 0)
}

// loopback brings up lo in a network namespace of the process's own. Where AppArmor forbids it, the
// command has no loopback either.
func loopback() {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	_ = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
