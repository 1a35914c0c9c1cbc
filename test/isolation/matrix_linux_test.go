package isolation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
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

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/apk"
)

// result is what one start gave.
type result struct {
	got       map[int]bool // routes that were open, by number
	line      string       // what the program said stays open
	survivors int
	changed   []string // files that were written
	seen      bool     // by another local user
}

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
	"supplementary groups",
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

// check compares what the build could do with what the program said.
func (r result) check(t *testing.T, all []route) {
	t.Helper()
	if len(r.got) != len(all) {
		t.Fatalf("%d of %d routes were tried", len(r.got), len(all))
	}
	for i, route := range all {
		if r.got[i] && !told(r.line, route.gap) {
			t.Errorf("open, and not said: %s", route.name)
		}
	}
	for _, gap := range []string{gapFiles, gapProcesses, gapTerminals, gapAttributes, gapRecipe, gapSignals, gapNames, gapCommands,
		gapShared, gapPublic, gapSockets, gapAbstract, gapQueues} {
		open := false
		for i, route := range all {
			open = open || r.got[i] && told(gap, route.gap)
		}
		if strings.Contains(r.line, gap) && !open {
			t.Errorf("said to be open, and no route finds it so: %s", gap)
		}
	}
	if r.survivors > 0 {
		t.Errorf("%d processes survive", r.survivors)
	}
	if r.seen {
		t.Error("another local user reads the private sources")
	}
	if len(r.changed) > 0 && !strings.Contains(r.line, gapFiles) {
		t.Errorf("changed: %v", r.changed)
	}
}

// told reports whether the line names one of the gaps.
func told(line, gaps string) bool {
	return gaps != "" && slices.ContainsFunc(strings.Split(gaps, "|"), func(gap string) bool { return strings.Contains(line, gap) })
}

// table is the matrix of routes and starts.
func table(all []route, columns []string, results []result) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.Join(columns, "\n"))
	fmt.Fprintf(&b, "%-45s", "")
	for i := range results {
		fmt.Fprintf(&b, "%4d", i+1)
	}
	b.WriteString("\n")
	for i, route := range all {
		fmt.Fprintf(&b, "%-45s", route.name)
		for _, r := range results {
			mark := "-"
			if r.got[i] {
				mark = "open"
			}
			fmt.Fprintf(&b, "%5s", mark)
		}
		b.WriteString("\n")
	}
	for i, r := range results {
		fmt.Fprintf(&b, "%d: %s; written %v, survivors %d; said: %s\n", i+1, starts[i].Name, r.changed, r.survivors, r.line)
	}
	return b.String()
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

// changes are the files that hold what the build wrote, or no longer what they held.
func (m machine) changes() (changed []string) {
	for _, name := range []string{"home/.profile", "home/.local/bin/git", "workspace/app/pakman.yml", "runner/env", "runner/path",
		"cache/builds/x/kept.apk", "packages/old.apk", "bucket/old.apk"} {
		text, err := os.ReadFile(filepath.Join(m.dir, name))
		if err != nil || strings.Contains(string(text), "evil") && name != "workspace/app/pakman.yml" ||
			strings.HasSuffix(string(text), "evil\n") {
			changed = append(changed, name)
		}
	}
	return changed
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

// terminal makes one.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("needs terminals")
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// socket listens at a path.
func socket(t *testing.T, path string, owner int, mode os.FileMode) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	if err := errors.Join(os.Chown(path, owner, owner), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

// layOut makes the machine of newMachine and what the routes go for besides.
func (s start) layOut(t *testing.T) (places, machine, []string) {
	t.Helper()
	shared, err := os.MkdirTemp("/tmp", "isolation-") //nolint:usetesting // other users reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(shared) })
	if err := os.Chmod(shared, 0o755); err != nil {
		t.Fatal(err)
	}
	memory := "/dev/shm/" + filepath.Base(shared)
	t.Cleanup(func() { _ = os.Remove(memory) })
	p := places{Shared: filepath.Join(shared, "file"), Agent: filepath.Join(shared, "agent"), Memory: memory,
		Abstract: "@" + filepath.Base(shared)}
	owner := s.owner()
	p.Other = startOther(t, &p, owner)
	m := newMachine(t, p.Other, owner)
	p.Hidden, p.Tools = m.home+"/.config/token", m.home+"/.local/bin"
	p.Kept, p.Output, p.Bucket = m.dir+"/cache/builds/x/kept.apk", m.dir+"/packages/old.apk", m.dir+"/bucket/old.apk"
	p.Victim = m.dir + "/tmp/pakman*/victim/build/*/victim/app/secret.txt"
	p.User = s.User
	p.Public, p.Survivors = m.home+"/.config/public", "10"+strconv.FormatInt(time.Now().UnixNano()%1e9, 10)
	for _, a := range attempts {
		p.Shell = append(p.Shell, m.replace(a[1], p.Other))
	}
	master, slave := terminal(t)
	t.Cleanup(func() { _ = errors.Join(master.Close(), slave.Close()) })
	if err := errors.Join(os.Chown(slave.Name(), owner, owner), os.Chmod(slave.Name(), 0o620)); err != nil {
		t.Fatal(err)
	}
	p.Terminal = slave.Name()
	known, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"workspace/app/pakman.yml": "name: hostile\nversion: 1.0.0\nbuild:\n  destinations: [result.txt]\n  env:\n    SHOWN: " +
			filepath.Dir(p.Hidden) + "\n  command: |\n    sleep 0.5; ./knock attack places.json; pwd >result.txt\n",
		"workspace/app/places.json": string(known),
		"workspace/app/private.txt": secretText,
		"workspace/victim/pakman.yml": "name: victim\nversion: 1.0.0\nbuild:\n  destinations: [secret.txt]\n" +
			"  command: sleep 6; cat secret.txt\n",
		"workspace/victim/secret.txt": secretText,
		"home/.config/token":          secretText, "home/.config/tool": "#!/bin/sh\necho " + secretText + "\n",
		"home/.local/bin/git":     "#!/bin/sh\nexec /usr/bin/git \"$@\" # " + secretText + "\n",
		"cache/builds/x/kept.apk": secretText, "packages/old.apk": secretText, "bucket/old.apk": secretText, "tool": string(self),
	} {
		file := filepath.Join(m.dir, name)
		mode := os.FileMode(0o755)
		if strings.Contains(name, "private") {
			mode = 0o600
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), mode),
			os.Chmod(filepath.Dir(file), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(secretText, m.home+"/.config/link"), os.Chmod(p.Hidden, 0o755),
		unix.Setxattr(p.Hidden, secretAttribute, []byte(secretText), 0)); err != nil {
		t.Fatal(err)
	}
	//#nosec G306 -- that is the point
	if err := errors.Join(os.WriteFile(p.Shared, []byte(secretText), 0o600),
		os.WriteFile(p.Shared+".public", []byte(secretText), 0o644)); err != nil {
		t.Fatal(err)
	}
	run(t, m.workspace, "git", "-c", "safe.directory=*", "add", ".")
	socket(t, p.Agent, owner, 0o600)
	socket(t, p.Public, owner, 0o666)
	for _, dir := range []string{m.dir, shared} {
		if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, owner, owner))
		}); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Chmod(m.dir+"/tmp", 0o777)
	env := []string{
		"PATH=" + p.Tools + ":" + os.Getenv("PATH"), "HOME=" + m.home, "TMPDIR=" + filepath.Join(m.dir, "tmp"), "SSH_AUTH_SOCK=" + p.Agent,
		"DOCKER_HOST=unix://" + m.runner + "/docker.sock", "GITHUB_TOKEN=hunter2-token", "AWS_SECRET_ACCESS_KEY=hunter2-bucket",
		"GITHUB_WORKSPACE=" + m.workspace, "GITHUB_ENV=" + m.runner + "/env", "XDG_RUNTIME_DIR=" + m.key,
	}
	return p, m, env
}

// startOther starts the other process.
func startOther(t *testing.T, p *places, owner int) int {
	t.Helper()
	dir := openDir(t)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "other")
	if err := os.WriteFile(file, self, 0o755); err != nil {
		t.Fatal(err)
	}
	// Not killed when the test ends: it removes what it made.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), file, "other", p.Abstract, p.Memory, secretText)
	cmd.Env = []string{"TOKEN=" + secretText}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(owner), Gid: uint32(owner), Groups: []uint32{}}}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	if err := json.NewDecoder(out).Decode(p); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}
