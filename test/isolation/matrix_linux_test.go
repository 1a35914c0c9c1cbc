package isolation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/apk"
)

// TestRoutes shows that the routes are real: outside of the sandbox, where nothing is refused, the same program gets
// what it attempts, but for what the kernel itself denies to a user.
func TestRoutes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become less")
	}
	s := start{User: true, Namespaces: true, Landlock: true}
	p, m, env := s.layOut(t)
	sources := filepath.Join(m.dir, "tmp/pakman/victim/build/main/victim/app")
	if err := errors.Join(os.MkdirAll(sources, 0o755), os.WriteFile(filepath.Join(sources, "secret.txt"), []byte(secretText), 0o666),
		os.Chown(filepath.Join(sources, "secret.txt"), nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	apkbuild := filepath.Join(m.workspace, "APKBUILD")
	if err := errors.Join(os.WriteFile(apkbuild, []byte("pkgname=x\n"), 0o644), os.Chown(apkbuild, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(m.workspace, "app")
	cmd := s.command(t.Context(), t, app, env, filepath.Join(app, "knock"), "attack", "places.json")
	file, err := os.Open(p.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	cmd.ExtraFiles = []*os.File{file}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, route := range routes() {
		got := strings.Contains(string(out), fmt.Sprintf("GOT %d\n", i))
		if got == slices.Contains(deniedAnyway, route.name) {
			t.Errorf("%s: got %t", route.name, got)
		}
	}
	if survivors(p.Survivors) == 0 {
		t.Error("nothing survives outside of the sandbox: the test of survivors shows nothing")
	}
}

// deniedAnyway are the routes that the kernel closes to an ordinary user, or that are judged from outside.
var deniedAnyway = []string{
	"a fork bomb", // root alone is not held by a limit, and a build is never that root
	"environment of process 1", "files of any process", "typing into the controlling terminal", "typing into another terminal",
	"supplementary groups", "capabilities for a program of its own", "a trusted attribute for a file of its own",
	"a program of its own for root, with set-user-ID", "a device of the machine's disk", "a device of the machine's memory",
	"fsopen", "open_tree", "move_mount", "userfaultfd", "fanotify_init", "syslog", "kexec_load", "a socket of the kernel's ciphers",
	"a packet socket",
	"calls of another architecture", "writing a setting of the kernel", "writing to the system", "kernel messages",
	"open files without number",
	"a process that outlives the build", "replace the directory above it",
	"the memory of what started the build", "trace what started the build",
}

// TestMatrix runs a hostile build in every kind of start that this machine can make, and prints what it could do:
// go test ./test/isolation -run TestMatrix -v
func TestMatrix(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become less")
	}
	pakman := program(t)
	all := routes()
	var columns []string
	results := make([]result, len(starts))
	for i, s := range starts {
		t.Run(s.Name, func(t *testing.T) {
			results[i] = s.run(t, pakman)
			results[i].check(t, all)
			s.documented(t, results[i].line)
			s.strict(t, pakman, results[i].line)
		})
		columns = append(columns, fmt.Sprintf("%d: %s", i+1, s.Name))
	}
	t.Log("\n" + table(all, columns, results))
}

// An emulator that knows no prctl, as QEMU 7.2, builds all the same, and the line says what that leaves open.
func TestEmulator(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become less")
	}
	pakman := program(t)
	for _, s := range []start{{Name: "root"}, {Name: "user", User: true}} {
		t.Run(s.Name, func(t *testing.T) {
			s.Emulator = true
			_, m, env := s.layOut(t)
			out, err := s.build(t.Context(), t, m, env, pakman, "victim", "--output", filepath.Join(m.dir, "packages")).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "system calls that the seccomp filter would refuse") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// strict sees that the program refuses, with exit code 2 and each gap's name, where something is open, and else builds.
func (s start) strict(t *testing.T, pakman, line string) {
	t.Helper()
	_, m, env := s.layOut(t)
	cmd := s.build(t.Context(), t, m, env, pakman, "victim", "--isolation", "strict", "--output", filepath.Join(m.dir, "packages"))
	out, _ := cmd.CombinedOutput()
	const exitInput = 2
	switch code := cmd.ProcessState.ExitCode(); {
	case line == "" && code != 0:
		t.Errorf("exit code %d\n%s", code, out)
	case line != "" && (code != exitInput || !strings.Contains(string(out), line)):
		t.Errorf("exit code %d, want %d\n%s", code, exitInput, out)
	}
}

// documented compares the line with the row of docs/isolation.md.
func (s start) documented(t *testing.T, line string) {
	t.Helper()
	const scopes, sockets = 6, 9 // versions of Landlock's interface between which the table holds
	version, _, _ := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if version < scopes || version >= sockets {
		return
	}
	text, err := os.ReadFile("../../docs/isolation.md")
	if err != nil {
		t.Fatal(err)
	}
	if row := "| " + s.Name + " | " + cmp.Or(line, "nothing") + " |\n"; !strings.Contains(string(text), row) {
		t.Errorf("docs/isolation.md has no row %s", row)
	}
}

// build returns the command that builds on the machine as one that was started so.
func (s start) build(ctx context.Context, t *testing.T, m machine, env []string, pakman string, args ...string) *exec.Cmd {
	t.Helper()
	args = append([]string{pakman, "build", "--builder", "native", "--cache-dir", filepath.Join(m.dir, "cache")}, args...)
	return s.command(ctx, t, m.workspace, env, args...)
}

// command returns the command of a program that is started so.
func (s start) command(ctx context.Context, t *testing.T, dir string, env []string, argv ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"start", string(text)}, argv...)...)
	cmd.Dir, cmd.Env = dir, env
	return cmd
}

// run runs one start.
func (s start) run(t *testing.T, pakman string) result {
	t.Helper()
	p, m, env := s.layOut(t)
	owner := s.owner()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	looker := exec.CommandContext(ctx, filepath.Join(m.dir, "tool"), "look",
		filepath.Join(m.dir, "tmp/pakman*/*/build/*/*/app/private.txt"))
	looker.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321, Groups: []uint32{}}}
	var seen bytes.Buffer
	looker.Stdout = &seen
	if err := looker.Start(); err != nil {
		t.Fatal(err)
	}
	key, err := apk.GenerateKey("acme.rsa")
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(m.dir, "acme.rsa")
	if err := errors.Join(os.WriteFile(keyFile, key.PEM(), 0o600), os.Chown(keyFile, owner, owner)); err != nil {
		t.Fatal(err)
	}
	cmd := s.build(ctx, t, m, env, pakman, "app", "victim", "--jobs", "2", "--version", "1.0.0", "--output", filepath.Dir(p.Output),
		"--bucket", filepath.Dir(p.Bucket), "--signing-key", keyFile)
	file, err := os.Open(p.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	cmd.ExtraFiles = []*os.File{file}
	master, slave := terminal(t)
	cmd.Stdin = slave
	_ = os.Chown(slave.Name(), owner, owner)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Credential: &syscall.Credential{Groups: []uint32{4}}}
	out, err := cmd.CombinedOutput()
	_ = looker.Process.Kill()
	_ = looker.Wait()
	_ = errors.Join(master.Close(), slave.Close())
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if os.Getenv("ISOLATION_TEST_OUTPUT") != "" {
		t.Logf("%s", out)
	}
	r := result{got: map[int]bool{}, seen: seen.Len() > 0, survivors: survivors(p.Survivors), changed: m.changes()}
	for line := range strings.Lines(string(out)) {
		for answer, open := range map[string]bool{"GOT ": true, "DENIED ": false} {
			if _, rest, ok := strings.Cut(line, answer); ok {
				if i, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil {
					r.got[i] = open
				}
			}
		}
		if _, rest, ok := strings.Cut(line, "this system cannot isolate these from the build: "); ok {
			r.line, _, _ = strings.Cut(rest, ". To isolate them")
		}
	}
	if len(r.got) == 0 {
		t.Logf("%s", out)
	}
	return r
}

// survivors counts the processes that the build meant to leave behind, and ends them.
func survivors(argument string) (count int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte("sleep\x00"+argument+"\x00")) {
			count++
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
	return count
}
