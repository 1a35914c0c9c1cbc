// Package proc runs every child process of the program: with exactly the environment it is given,
// in a session of its own, without inherited descriptors, and never outliving its context.
package proc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Grace is how long the group has between SIGTERM and SIGKILL, and how long a finished child's
// pipes may stay open in the hands of its own children.
const Grace = 2 * time.Second

// Cmd is one child.
type Cmd struct {
	Path       string   // program, looked up on this process's PATH when it has no slash
	Args       []string // without the program's name
	Dir        string
	Env        []string // exactly this; nil is an empty environment
	Stdin      io.Reader
	Stdout     io.Writer // nil: captured in the result
	Stderr     io.Writer // nil: only its tail is kept, for the error
	Credential *syscall.Credential
	Name       string               // argv[0]; empty: Path
	Files      []*os.File           // its files from 3 on
	Attributes *syscall.SysProcAttr // in place of Credential and of what every child gets; Setsid must be set
	Grace      time.Duration        // in place of Grace
}

// Error is a child that failed.
type Error struct {
	Argv     []string
	ExitCode int      // -1: it did not start, or a signal ended it
	Tail     []string // last lines of its output
	Err      error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", strings.Join(e.Argv, " "), e.Err)
	if len(e.Tail) > 0 {
		text += ": " + strings.Join(e.Tail, "\n")
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Run runs c to its end and returns what it wrote to stdout when Stdout is nil. When ctx ends first,
// the group gets SIGTERM and, after Grace, SIGKILL; the error then wraps the context's. Its
// failure is an *Error.
func Run(ctx context.Context, c Cmd) ([]byte, error) {
	var captured strings.Builder
	tail := &tail{}
	cmd := exec.Command(c.Path, c.Args...) // not CommandContext: that kills the child, not its group
	cmd.Dir, cmd.Env, cmd.Stdin = c.Dir, c.Env, c.Stdin
	if cmd.Env == nil {
		cmd.Env = []string{}
	}
	cmd.Stdout, cmd.Stderr = writers(c, &captured, tail)
	if c.Name != "" {
		cmd.Args[0] = c.Name
	}
	cmd.ExtraFiles, cmd.SysProcAttr = c.Files, c.Attributes
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = attributes(c.Credential)
	}
	cmd.WaitDelay = Grace
	err := ctx.Err()
	if err == nil {
		err = start(ctx, cmd, cmp.Or(c.Grace, Grace))
	}
	if err == nil {
		return []byte(captured.String()), nil
	}
	failed := &Error{Argv: append([]string{c.Path}, c.Args...), ExitCode: -1, Tail: tail.lines(), Err: err}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		failed.ExitCode = exit.ExitCode()
	}
	return []byte(captured.String()), failed
}

// start runs cmd to its end or ctx's. Whatever the child left running in its group dies with it.
func start(ctx context.Context, cmd *exec.Cmd, grace time.Duration) error {
	// The kernel takes the thread that starts a child for its parent: it must not end before.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	noCore()
	closeOnExec()
	children.RLock()
	err := cmd.Start()
	if err == nil {
		children.pids.Store(cmd.Process.Pid, true)
		defer children.pids.Delete(cmd.Process.Pid)
	}
	children.RUnlock()
	if err != nil {
		return err
	}
	group := -cmd.Process.Pid
	done := make(chan struct{})
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		_ = syscall.Kill(group, syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(grace):
		}
		_ = syscall.Kill(group, syscall.SIGKILL)
	}()
	err = cmd.Wait()
	close(done)
	<-killed
	_ = syscall.Kill(group, syscall.SIGKILL) // ESRCH when nothing is left
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil // the child succeeded; only a daemon of its kept the pipe
	}
	return err
}

// writers tees both streams into the tail. Equal writers stay one, so that os/exec uses one
// goroutine and the lines keep their order.
func writers(c Cmd, captured io.Writer, tail *tail) (stdout, stderr io.Writer) {
	stdout = captured
	if c.Stdout != nil {
		stdout = io.MultiWriter(c.Stdout, tail)
	}
	if c.Stderr == nil {
		return stdout, tail
	}
	if same(c.Stdout, c.Stderr) {
		return stdout, stdout
	}
	return stdout, io.MultiWriter(c.Stderr, tail)
}

// same reports whether two writers are one. Writers of types that Go cannot compare are taken for two.
func same(a, b io.Writer) bool {
	return a != nil && reflect.TypeOf(a).Comparable() && a == b
}
