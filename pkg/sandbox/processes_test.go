package sandbox

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/proc"
)

// Where anything confines the command, or it is another user's, other processes can be neither read nor signalled.
func TestOtherProcesses(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		other := exec.Command("sleep", "1000")
		other.Env = []string{"TOKEN=hunter2"}
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = other.Process.Kill()
			_ = other.Wait()
		})
		pid := strconv.Itoa(other.Process.Pid)
		s := newSandbox(t, means, Policy{})
		environ, signal := "read=/proc/"+pid+"/environ", "signal="+pid
		could := means == None && os.Geteuid() != 0 // another user cannot anyway
		want := map[string]bool{environ: could, signal: could}
		if diff := cmp.Diff(want, tried(t, s, environ, signal)); diff != "" {
			t.Error(diff)
		}
	})
}

// lives reports whether a process with that argument runs.
func lives(t *testing.T, argument string) bool {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte("sleep\x00"+argument+"\x00")) {
			return true
		}
	}
	return false
}

// unique is a time to sleep that no other process sleeps.
func unique() string {
	return "10" + strconv.Itoa(os.Getpid()) + "." + strconv.FormatInt(time.Now().UnixNano()%1e9, 10)
}

// Whatever the command starts ends with it, also what left its group and its session, and what the leaver started.
func TestNothingIsLeft(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		s := newSandbox(t, means, Policy{})
		mark := unique()
		_, err := s.Run(t.Context(), proc.Cmd{
			Path: "sh", Args: []string{"-c", "setsid sh -c 'setsid sleep " + mark + " & sleep " + mark + "' >/dev/null 2>&1 & sleep " +
				mark + " & sleep 0.2"},
			Dir: "/", Env: []string{"PATH=/usr/bin:/bin"},
		})
		if err != nil || lives(t, mark) {
			t.Errorf("it lives, %v", err)
		}
	})
}

// So it does when the run is cancelled, whether the command listens to SIGTERM or not.
func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		for name, trap := range map[string]string{"willing": "", "stubborn": "trap '' TERM;"} {
			s := newSandbox(t, means, Policy{})
			mark := unique()
			ctx, cancel := context.WithCancel(t.Context())
			out := writerFunc(func(p []byte) (int, error) {
				cancel()
				return len(p), nil
			})
			_, err := s.Run(ctx, proc.Cmd{
				Path: "sh", Args: []string{"-c", trap + "setsid sleep " + mark + " & echo started; sleep " + mark}, Dir: "/",
				Env: []string{"PATH=/usr/bin:/bin"}, Stdout: out, Stderr: out,
			})
			if !errors.Is(err, context.Canceled) || lives(t, mark) {
				t.Errorf("%s: it lives, %v", name, err)
			}
		}
	})
}

// A program that is killed takes with it what runs in its sandbox, also what left the session.
func TestKilledProgram(t *testing.T) {
	const mark, means = "SANDBOX_TEST_MARK", "SANDBOX_TEST_MEANS"
	if argument := os.Getenv(mark); argument != "" {
		s := newSandbox(t, Means(os.Getenv(means)), Policy{})
		_, _ = s.Run(t.Context(), proc.Cmd{
			Path: "sh", Args: []string{"-c", "setsid sleep " + argument + " & exec sleep " + argument}, Dir: "/",
			Env: []string{"PATH=/usr/bin:/bin"},
		})
		return
	}
	each(t, func(t *testing.T, m Means) {
		t.Helper()
		argument := unique()
		cmd := exec.CommandContext(t.Context(), openSelf(t), "-test.run=^TestKilledProgram$")
		cmd.Env = append(os.Environ(), mark+"="+argument, means+"="+string(m))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started := false
		for range 1000 {
			if started = lives(t, argument); started {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if !started {
			t.Fatal("the command did not start")
		}
		for range 1000 {
			if !lives(t, argument) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("it lives")
	})
}

// What a command leaves behind dies also when the command killed the copy of this program that watches it.
func TestKilledWatcher(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		s := newSandbox(t, means, Policy{})
		argument := unique()
		_, err := s.Run(t.Context(), proc.Cmd{
			Path: "sh", Args: []string{"-c", "setsid sleep " + argument + " & sleep 0.2; kill -9 $PPID; exec sleep 0.3"}, Dir: "/",
			Env: []string{"PATH=/usr/bin:/bin"},
		})
		if means != Namespaces && err == nil {
			t.Error("the copy was not killed")
		}
		for range 200 {
			if !lives(t, argument) {
				return
			}
			if means == Namespaces { // process 1 cannot be killed from inside
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if lives(t, argument) {
			t.Error("it lives")
		}
	})
}

type writerFunc func([]byte) (int, error)
