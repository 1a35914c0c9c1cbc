package storetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// strace returns the program's path, and skips the test where it is missing or may not trace.
func strace(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("needs strace, which counts system calls and kills between them: ", err)
	}
	if err := traceable(); err != nil {
		t.Skip("needs strace, which may not trace here: ", err)
	}
	return path
}

var traceable = sync.OnceValue(func() error {
	out, err := exec.Command("strace", "-qq", "-e", "trace=none", "true").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return err
})

// Killed runs the test binary again, with env, and has strace kill it when one of its threads makes the system call
// for the n-th time. It reports whether that happened; else the run must have gone well.
func Killed(t testing.TB, call string, n int, env ...string) bool {
	t.Helper()
	cmd := exec.Command(strace(t), "-f", "-qq", "-o", "/dev/null", "-e", "trace="+call,
		"-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n), os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.ExitCode() == -1: // strace ends by the signal that ended what it traced
		return true
	}
	t.Fatalf("%v\n%s", err, out)
	return false
}

// Traced runs the test binary again, with env, and returns its system calls, with the paths of files.
func Traced(t testing.TB, calls string, env ...string) []string {
	t.Helper()
	log := t.TempDir() + "/trace"
	cmd := exec.Command(strace(t), "-f", "-y", "-qq", "-s", "500", "-o", log, "-e", "trace="+calls, os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}
