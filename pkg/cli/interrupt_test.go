package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Ctrl-C ends the processes of all builds and leaves neither package nor index.
func TestInterrupt(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	work, err := os.MkdirTemp("", "interrupt-") //nolint:usetesting // reachable for the user that builds run as when root starts them
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(work) })
	one, two, temp := filepath.Join(work, "one"), filepath.Join(work, "two"), filepath.Join(work, "tmp")
	for _, dir := range []string{work, one, two, temp} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	mark := strconv.Itoa(os.Getpid()) // nothing else sleeps as long
	yaml := "build:\n  destinations: ['*']\n  command: |\n    setsid sleep 1000." + mark + " &\n    echo started\n    wait\n"
	for _, app := range []string{one, two} {
		text := "name: " + filepath.Base(app) + "\n" + yaml
		if err := os.WriteFile(filepath.Join(app, "pakman.yml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// testscript runs a command when the test binary is called by its name.
	link := filepath.Join(work, "pakman")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(link, "build", one, two, "--jobs", "2", "--builder", "native", "--output", filepath.Join(work, "out"))
	cmd.Env = append(os.Environ(), "HOME="+filepath.Join(work, "home"), "TMPDIR="+temp)
	var out safeBuffer
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitForStart(t, &out, 2)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != ExitInterrupted {
		t.Errorf("exit code %d, %v\n%s", code, err, out.String())
	}
	if sleeps(t, "1000."+mark) {
		t.Error("a build's child lives, which made a session of its own")
	}
	if left, _ := filepath.Glob(filepath.Join(work, "out", "*")); len(left) > 0 {
		t.Errorf("left in the output: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left in the temporary directory: %v", left)
	}
}

// sleeps reports whether a process sleeps that long. Inside the build its number was another one.
func sleeps(t *testing.T, long string) bool {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && string(text) == "sleep\x00"+long+"\x00" {
			return true
		}
	}
	return false
}

// waitForStart waits until that many builds have begun.
func waitForStart(t *testing.T, out *safeBuffer, builds int) {
	t.Helper()
	for range 2000 {
		if strings.Count(out.String(), "started\n") == builds {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the builds did not start:\n%s", out.String())
}

// safeBuffer is written by the child's pipe and read by the test.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
