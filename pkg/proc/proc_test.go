package proc

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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
