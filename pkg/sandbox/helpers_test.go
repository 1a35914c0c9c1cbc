package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pakman/build/pkg/proc"
)

// The test binary is also the command that is run inside: it tries what its arguments say.
const role = "SANDBOX_TEST_ROLE"

// container is where the root of the container is seen from outside. Landlock's rules belong to files and not to names, and
// here, other than in a container, that directory is one of the container's own.
const container = "SANDBOX_TEST_CONTAINER"

func TestMain(m *testing.M) {
	if os.Getenv(role) == "try" {
		for _, arg := range os.Args[1:] {
			what, path, _ := strings.Cut(arg, "=")
			answer := "yes"
			if err := try1(what, path); err != nil {
				answer = "no"
			}
			fmt.Println(arg, answer)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func try1(what, path string) error {
	switch what {
	case "chain":
		return startChains(path)
	case "read":
		text, err := os.ReadFile(path)
		if err == nil && len(text) == 0 {
			err = errors.New("it is empty")
		}
		return err
	case "write":
		return os.WriteFile(path, []byte("x"), 0o644)
	case "rename":
		return os.Rename(path, path+".moved")
	case "remove":
		return os.Remove(path)
	case "dial":
		c, err := net.DialTimeout("tcp", path, 10*time.Second)
		if err == nil {
			err = c.Close()
		}
		return err
	case "listen":
		l, err := net.Listen("tcp", path)
		if err == nil {
			err = l.Close()
		}
		return err
	case "signal":
		pid, err := strconv.Atoi(path)
		if err != nil {
			return err
		}
		return syscall.Kill(pid, 0)
	}
	return errors.New("what?")
}

var nobody = &syscall.Credential{Uid: 65534, Gid: 65534, Groups: []uint32{}}

// openDir is t.TempDir, open to everybody: what confines the command is not who it is.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// openSelf is a copy of the test binary that everybody may run.
func openSelf(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(openDir(t), "self.test")
	if err := os.WriteFile(file, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// each runs test with every means that this system grants, whatever the strongest is.
func each(t *testing.T, test func(t *testing.T, means Means)) {
	t.Helper()
	for _, means := range []Means{Namespaces, Landlock, None} {
		t.Run(string(means), func(t *testing.T) {
			if _, ok := try(means, false); !ok {
				t.Skipf("%s: this system grants this process %s", means, Available())
			}
			test(t, means)
		})
	}
}

// newSandbox is New with given means.
func newSandbox(t *testing.T, means Means, p Policy) *Sandbox {
	t.Helper()
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	s.means = means
	if means == Namespaces && p.Workspace != "" {
		if err := makeTemporary(p.Workspace); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// tried runs this binary inside and returns what it could do.
func tried(t *testing.T, s *Sandbox, what ...string) map[string]bool {
	t.Helper()
	self := openSelf(t)
	s.policy.Show = append(s.policy.Show, self)
	c := proc.Cmd{Path: self, Args: what, Dir: "/", Env: []string{role + "=try"}}
	if os.Geteuid() == 0 {
		c.Credential = nobody // as builds are
	}
	out, err := s.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	could := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		arg, answer, _ := strings.Cut(strings.TrimSpace(line), " ")
		could[arg] = answer == "yes"
	}
	return could
}

func write(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("hunter2"), 0o644); err != nil {
		t.Fatal(err)
	}
	// Open to everybody, whatever the umask.
	if err := errors.Join(os.Chmod(path, 0o666), os.Chmod(filepath.Dir(path), 0o777)); err != nil {
		t.Fatal(err)
	}
	return path
}
