package sandbox

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/proc"
)

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
