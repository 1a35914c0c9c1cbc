package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	work, err := os.MkdirTemp("", "interrupt-") // reachable for the user that builds run as when root starts them
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
	yaml := "build:\n  destinations: ['*']\n  command: |\n    sleep 1000 &\n    echo \"child $!\"\n    wait\n"
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
	children := waitForChildren(t, &out, 2)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != ExitInterrupted {
		t.Errorf("exit code %d, %v\n%s", code, err, out.String())
	}
	for _, child := range children {
		for i := 0; alive(child); i++ {
			if i == 200 {
				t.Errorf("the build's child %d lives", child)
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(work, "out", "*")); len(left) > 0 {
		t.Errorf("left in the output: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left in the temporary directory: %v", left)
	}
}

// alive is false for a zombie that its new parent has not collected yet.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

var childLine = regexp.MustCompile(`child (\d+)\n`)

// waitForChildren waits until n builds have said which child they wait for.
func waitForChildren(t *testing.T, out *safeBuffer, n int) []int {
	t.Helper()
	for range 2000 {
		var children []int
		for _, match := range childLine.FindAllStringSubmatch(out.String(), -1) {
			pid, err := strconv.Atoi(match[1])
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, pid)
		}
		if len(children) == n {
			return children
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the builds did not start:\n%s", out.String())
	return nil
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
