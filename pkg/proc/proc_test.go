package proc

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func sh(script string) Cmd {
	return Cmd{Path: "sh", Args: []string{"-c", script}, Env: []string{"PATH=" + os.Getenv("PATH")}}
}

func TestRunCapturesStdout(t *testing.T) {
	out, err := Run(context.Background(), sh("echo hello; echo no >&2"))
	if err != nil || string(out) != "hello\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestRunGivesExactlyTheEnvironment(t *testing.T) {
	t.Setenv("PAKMAN_TEST_SECRET", "hunter2")
	env, err := exec.LookPath("env")
	if err != nil {
		t.Skip("needs env")
	}
	for _, given := range [][]string{nil, {"A=1"}} {
		out, err := Run(context.Background(), Cmd{Path: env, Env: given})
		if err != nil || strings.TrimSpace(string(out)) != strings.Join(given, "\n") {
			t.Errorf("given %v: %q, %v", given, out, err)
		}
	}
}

func TestRunErrors(t *testing.T) {
	_, err := Run(context.Background(), sh("i=0; while [ $i -lt 30 ]; do echo line $i >&2; i=$((i+1)); done; exit 7"))
	var failed *Error
	if !errors.As(err, &failed) || failed.ExitCode != 7 || len(failed.Tail) != 20 || failed.Tail[19] != "line 29" {
		t.Errorf("%+v", err)
	}
	_, err = Run(context.Background(), Cmd{Path: "no-such-program-anywhere"})
	if !errors.As(err, &failed) || failed.ExitCode != -1 || !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("%+v", err)
	}
}

func TestStreamsKeepTheirOrder(t *testing.T) {
	var out bytes.Buffer
	c := sh("for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done")
	c.Stdout, c.Stderr = &out, &out
	if _, err := Run(context.Background(), c); err != nil || out.String() != "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\n" {
		t.Errorf("%q %v", out.String(), err)
	}
}

func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// A child and its children die with the context, also when they ignore SIGTERM.
func TestCancelEndsTheGroup(t *testing.T) {
	for name, trap := range map[string]string{"willing": "", "stubborn": "trap '' TERM;"} {
		t.Run(name, func(t *testing.T) {
			pidFile := filepath.Join(t.TempDir(), "pid")
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				for {
					if b, _ := os.ReadFile(pidFile); len(b) > 1 {
						cancel()
						return
					}
					time.Sleep(5 * time.Millisecond)
				}
			}()
			_, err := Run(ctx, sh(trap+"sleep 1000 & echo $! >"+pidFile+"; wait; sleep 1000"))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
			b, _ := os.ReadFile(pidFile)
			pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
			if err != nil {
				t.Fatal(err)
			}
			for range 200 {
				if !alive(pid) {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
			t.Errorf("grandchild %d lives", pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		})
	}
}

// A daemon that keeps the pipe open neither hangs the run nor survives it.
func TestLeftoversDie(t *testing.T) {
	out, err := Run(context.Background(), sh("sleep 1000 & echo $!"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if !alive(pid) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d lives", pid)
}

func TestCancelledBeforeStart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	mark := filepath.Join(t.TempDir(), "ran")
	if _, err := Run(ctx, sh("touch "+mark)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the child ran")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Writers that Go cannot compare are no reason to panic; one whose write fails fails the run.
func TestWriters(t *testing.T) {
	var out bytes.Buffer
	c := sh("echo out; echo err >&2")
	c.Stdout, c.Stderr = writerFunc(func(p []byte) (int, error) { return len(p), nil }), &out
	if _, err := Run(context.Background(), c); err != nil || out.String() != "err\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	full := errors.New("disk full")
	c.Stdout = writerFunc(func([]byte) (int, error) { return 0, full })
	c.Stderr = c.Stdout
	if _, err := Run(context.Background(), c); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

func TestTailIsBounded(t *testing.T) {
	long := &tail{}
	for range 1000 {
		if _, err := long.Write([]byte(strings.Repeat("x", 99) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if lines := long.lines(); len(lines) != tailLines || len(long.kept) > 2*tailBytes {
		t.Errorf("%d lines, %d bytes", len(lines), len(long.kept))
	}
	line := &tail{}
	_, _ = line.Write([]byte(strings.Repeat("y", 3*tailBytes) + "\n\n"))
	if lines := line.lines(); len(lines) != 1 || len(lines[0]) > tailBytes {
		t.Errorf("%d lines", len(lines))
	}
}

// A program that is killed takes its child with it.
func TestChildDiesWithItsParent(t *testing.T) {
	const role = "PROC_TEST_PARENT"
	if file := os.Getenv(role); file != "" {
		_, _ = Run(context.Background(), sh("echo $$ >"+file+"; exec sleep 1000"))
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a child of its parent's death")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pid")
	parent := exec.Command(self, "-test.run=^TestChildDiesWithItsParent$")
	parent.Env = append(os.Environ(), role+"="+file)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for range 1000 {
		b, _ := os.ReadFile(file)
		if pid, _ = strconv.Atoi(strings.TrimSpace(string(b))); pid > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	if pid == 0 {
		t.Fatal("the child did not start")
	}
	for range 1000 {
		if !alive(pid) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d lives", pid)
	_ = syscall.Kill(pid, syscall.SIGKILL)
}
