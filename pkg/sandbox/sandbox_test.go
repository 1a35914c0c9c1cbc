package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// What is hidden can be neither read nor changed, what is shown below it can, and the longest path counts.
func TestHideAndShow(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		dir := openDir(t)
		key := write(t, filepath.Join(dir, "home/.ssh/key"))
		tool := write(t, filepath.Join(dir, "home/.tools/v1/bin/tool"))
		token := write(t, filepath.Join(dir, "home/.tools/v1/token"))
		beside := write(t, filepath.Join(dir, "beside/file"))
		single := write(t, filepath.Join(dir, "keys/key.pem"))
		cached := write(t, filepath.Join(dir, "home/.cache/file"))
		cert := write(t, filepath.Join(dir, "home/ca.pem"))
		s := newSandbox(t, means, Policy{
			Hide: []string{filepath.Join(dir, "home"), token, single, filepath.Join(dir, "missing"), filepath.Dir(key), "relative",
				os.Getenv(container)},
			Show:  []string{filepath.Join(dir, "home/.tools/v1"), cert, filepath.Join(dir, "home/missing"), beside},
			Write: []string{filepath.Join(dir, "home/.cache"), filepath.Dir(beside)},
		})
		hidden := means == None
		want := map[string]bool{
			"read=" + key: hidden, "write=" + key: hidden, "write=" + filepath.Join(dir, "home/new"): hidden, "remove=" + key: hidden,
			"read=" + token: hidden, "read=" + single: hidden, "write=" + filepath.Join(dir, "home/.ssh/new"): hidden,
			"read=" + tool: true, "write=" + tool: hidden, "read=" + cached: true, "write=" + cached: true, "read=" + cert: true,
			"read=" + beside: true, "rename=" + beside: true,
		}
		var args []string
		for arg := range want {
			if !strings.HasPrefix(arg, "re") || strings.HasPrefix(arg, "read") {
				args = append(args, arg)
			}
		}
		args = append(args, "remove="+key, "rename="+beside) // last, as the others need the files
		if diff := cmp.Diff(want, tried(t, s, args...)); diff != "" {
			t.Error(diff)
		}
		if text, err := os.ReadFile(key); means != None && (err != nil || string(text) != "hunter2") {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// The workspace is seen at the same place whatever its name, in a /tmp of its own.
func TestWorkspace(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		stranger := write(t, filepath.Join(t.TempDir(), "stranger"))
		work := t.TempDir()
		s := newSandbox(t, means, Policy{Workspace: work})
		if err := os.Mkdir(filepath.Join(work, "src"), 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := s.Run(t.Context(), proc.Cmd{
			Path: "/bin/sh",
			Args: []string{"-c", `pwd; echo made >made; test -e "$1" && echo stranger; echo x >/tmp/any.$$ && rm /tmp/any.$$`, "sh",
				stranger},
			Dir: s.Inside(filepath.Join(work, "src")),
		})
		if err != nil {
			t.Fatal(err)
		}
		want := filepath.Join(work, "src") + "\nstranger\n"
		if means == Namespaces {
			want = Seen + "/src\n"
		}
		if diff := cmp.Diff(want, string(out)); diff != "" {
			t.Error(diff)
		}
		if text, err := os.ReadFile(filepath.Join(work, "src/made")); string(text) != "made\n" {
			t.Errorf("%q, %v", text, err)
		}
		if s.Inside("/elsewhere") != "/elsewhere" || s.Inside(work+"er") != work+"er" {
			t.Error("what is outside of the workspace is not inside")
		}
	})
}

// In namespaces a fixed file stays, whatever is done to it and to the directories above it.
func TestFixed(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		work := openDir(t)
		file := write(t, filepath.Join(work, "build/main/app/RECIPE"))
		own := write(t, filepath.Join(work, "build/main/app/own"))
		s := newSandbox(t, means, Policy{Workspace: work, Fixed: []string{file}})
		out, _ := s.Run(t.Context(), proc.Cmd{Path: "/bin/sh", Args: []string{"-c", `
			cd "$1"; echo x >>RECIPE; : >moved && mv -f moved RECIPE; rm -f RECIPE; ln -sf own RECIPE
			mv "$1" "$1.moved"; mv "$1/.." "$1/../../moved"; mv "$1/../.." "$1/../../../moved"
			cd "$1" && echo y >own && mkdir made && rmdir made && rm own && cat RECIPE`, "sh", s.Inside(filepath.Dir(file))}, Dir: "/"})
		if text, err := os.ReadFile(file); (string(text) == "hunter2") != (means == Namespaces) {
			t.Errorf("%q, %v; %s", text, err, out)
		}
		if _, err := os.Lstat(own); means == Namespaces && err == nil {
			t.Error("what lies beside the file cannot be removed")
		}
	})
}

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

func TestOutcomes(t *testing.T) {
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		s := newSandbox(t, means, Policy{})
		run := func(script string) ([]byte, error) {
			return s.Run(t.Context(), proc.Cmd{Path: "sh", Args: []string{"-c", script}, Dir: "/",
				Env: []string{"A=b", "PATH=/usr/bin:/bin"}})
		}
		out, err := run(`echo "$A"; env | sort | tr '\n' ' '`)
		if err != nil || !strings.HasPrefix(string(out), "b\nA=b PATH=") && !strings.HasPrefix(string(out), "b\nA=b PATH") {
			t.Errorf("%q, %v", out, err)
		}
		var failed *proc.Error
		if _, err = run("echo why >&2; exit 7"); !errors.As(err, &failed) || failed.ExitCode != 7 || failed.Argv[0] != "sh" ||
			!cmp.Equal(failed.Tail, []string{"why"}) {
			t.Errorf("%+v", err)
		}
		if _, err = run("kill -9 $$"); !errors.As(err, &failed) || failed.ExitCode != -1 ||
			!strings.Contains(err.Error(), "signal: killed") {
			t.Errorf("%v", err)
		}
		if _, err = s.Run(t.Context(), proc.Cmd{Path: "no-such-program"}); !errors.As(err, &failed) || !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("%v", err)
		}
		if _, err = s.Run(t.Context(), proc.Cmd{Path: "sh", Dir: "/no/such/place"}); err == nil {
			t.Error("a missing directory is no error")
		}
	})
}

func TestCredential(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		s := newSandbox(t, means, Policy{})
		out, err := s.Run(t.Context(), proc.Cmd{
			Path: "sh", Args: []string{"-c", "id -u; id -g; id -G; grep NoNewPrivs /proc/self/status"}, Dir: "/",
			Env:        []string{"PATH=/usr/bin:/bin"},
			Credential: nobody,
		})
		if diff := cmp.Diff("65534\n65534\n65534\nNoNewPrivs:\t1\n", string(out)); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
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

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Offline, nothing outside answers, not even this machine; the loopback inside works.
func TestOffline(t *testing.T) {
	if !CanCutNetwork() {
		if _, err := New(Policy{Offline: true}); !errors.Is(err, ErrNetwork) {
			t.Errorf("%v", err)
		}
		t.Skip("this system does not let the network be cut")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	dial := "dial=" + listener.Addr().String()
	for _, offline := range []bool{false, true} {
		s, err := New(Policy{Offline: offline})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{dial: !offline, "listen=127.0.0.1:0": true}
		if diff := cmp.Diff(want, tried(t, s, dial, "listen=127.0.0.1:0")); diff != "" {
			t.Errorf("offline %t: %s", offline, diff)
		}
	}
}

// The suite again where the system grants less: to an ordinary user, and to root in a container like Docker's,
// without CAP_SYS_ADMIN and without user namespaces (which a kernel denies after chroot).
func TestElsewhere(t *testing.T) {
	if os.Geteuid() != 0 || os.Getenv(role) != "" {
		t.Skip("needs root, to become less")
	}
	const capabilities = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap"
	self, root := openSelf(t), openDir(t)
	suite := []string{self, "-test.v", "-test.timeout=5m"}
	enter := []string{"unshare", "-m", "sh", "-c", `mount --rbind / "$0" && cd / && exec chroot "$0" "$@"`, root}
	for name, where := range map[string]struct {
		argv []string
		as   *syscall.Credential
	}{
		"user":              {suite, nobody},
		"container":         {slices.Concat(enter, []string{"setpriv", "--bounding-set", capabilities}, suite), nil},
		"user in container": {slices.Concat(enter, []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, suite), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if help, _ := exec.Command("setpriv", "--help").CombinedOutput(); where.as == nil &&
				!bytes.Contains(help, []byte("--bounding-set")) {
				t.Skip("needs setpriv, unshare and chroot of util-linux and coreutils")
			}
			if where.as == nil && Available() != Namespaces {
				t.Skip("needs CAP_SYS_ADMIN")
			}
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), where.argv[0], where.argv[1:]...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: where.as}
			cmd.Env = append(os.Environ(), role+"=elsewhere", container+"="+root)
			cmd.Dir = "/"
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if where.as == nil && !bytes.Contains(out, []byte("--- SKIP: TestHideAndShow/namespaces")) {
				t.Errorf("there are namespaces:\n%s", out)
			}
		})
	}
}
