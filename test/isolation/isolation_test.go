//go:build linux

// Package isolation runs builds that try to read and write all that docs/isolation.md says they cannot.
package isolation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The build has this binary too, and the test starts it as other programs.
func TestMain(m *testing.M) {
	if code := role(os.Args); code >= 0 {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

const nobody = 65534

// attempts is what the build tries, as NAME then a shell command that is successful when it prints something. Of the words in
// capitals, machine.replace makes places.
var attempts = [][2]string{
	{"environment", `env | grep -E '^(INPUT_|ACTIONS_|GITHUB_|RUNNER_|AWS_|DOCKER_|SSH_)|hunter2'`},
	{"signing key", `cat KEYFILE`},
	{"token of the checkout", `cat WORKSPACE/.git/config`},
	{"checkout", `cat WORKSPACE/app/pakman.yml`},
	{"change of the checkout", `echo evil >>WORKSPACE/app/pakman.yml && cat WORKSPACE/app/pakman.yml`},
	{"credentials of the bucket", `cat HOMEDIR/.aws/credentials`},
	{"ssh key", `cat HOMEDIR/.ssh/id_ed25519`},
	{"login script", `cat HOMEDIR/.profile; echo evil >>HOMEDIR/.profile`},
	{"event", `cat RUNNERDIR/event.json`},
	{"environment of process 1", `tr '\0' '\n' </proc/1/environ`},
	{"environment of the parent", `tr '\0' '\n' </proc/$PPID/environ | grep hunter2`},
	{"environment of any process", `for p in /proc/[0-9]*; do tr '\0' '\n' <$p/environ; done 2>/dev/null | grep hunter2`},
	{"files of any process", `for p in /proc/[0-9]*; do cat $p/cwd/.git/config $p/root/root/.profile; done 2>/dev/null | grep hunter2`},
	{"GITHUB_ENV", `cat RUNNERDIR/env; echo A=b >>RUNNERDIR/env`},
	{"GITHUB_OUTPUT", `cat RUNNERDIR/output; echo a=b >>RUNNERDIR/output`},
	{"GITHUB_PATH", `cat RUNNERDIR/path; echo /evil >>RUNNERDIR/path`},
	{"Docker socket", `./knock knock RUNNERDIR/docker.sock`},
	{"becoming root", `su -c id; sudo -n id; unshare -r chroot / cat KEYFILE`},
	{"a signal to another process", `kill -0 OTHERPID && echo done`},
}

// machine is a runner as GitHub makes it, with all that the build must not have; the worst of it is open to everybody.
type machine struct{ dir, workspace, home, runner, key string }

func (m machine) replace(text string, other int) string {
	return strings.NewReplacer("WORKSPACE", m.workspace, "HOMEDIR", m.home, "RUNNERDIR", m.runner, "KEYFILE", m.key, "OTHERPID",
		fmt.Sprint(other)).Replace(text)
}

func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newMachine lays the files out. The owner is who starts the program.
func newMachine(t *testing.T, other, owner int) machine {
	t.Helper()
	dir := openDir(t)
	m := machine{dir, filepath.Join(dir, "workspace"), filepath.Join(dir, "home"), filepath.Join(dir, "runner"),
		filepath.Join(dir, "signing.rsa")}
	yaml := "name: hostile\nversion: 1.0.0\nbuild:\n  destinations: [result.txt]\n  command: |\n" +
		"    try() { if [ -n \"$(eval \"$2\" 2>/dev/null)\" ]; then echo \"GOT $1\"; else echo \"DENIED $1\"; fi; }\n"
	for _, a := range attempts {
		yaml += "    try '" + a[0] + "' '" + strings.ReplaceAll(m.replace(a[1], other), "'", `'\''`) + "'\n"
	}
	yaml += "    pwd >result.txt\n"
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"workspace/app/pakman.yml": yaml, "workspace/app/knock": string(self),
		"home/.aws/credentials": "hunter2", "home/.ssh/id_ed25519": "hunter2", "home/.profile": "# hunter2",
		"runner/event.json": `{"token": "hunter2"}`, "runner/env": "hunter2", "runner/output": "hunter2", "runner/path": "hunter2",
		"signing.rsa": "hunter2",
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o755),
			os.Chmod(filepath.Dir(file), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, m.workspace, "git", "init", "-q")
	run(t, m.workspace, "git", "config", "http.extraheader", "AUTHORIZATION: basic hunter2")
	run(t, m.workspace, "git", "add", ".")
	run(t, m.workspace, "git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "first")
	listen(t, m.runner)
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, owner, owner))
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// listen is a Docker daemon that answers its owner and group.
func listen(t *testing.T, runner string) {
	t.Helper()
	socket, err := net.Listen("unix", filepath.Join(runner, "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	if err := os.Chmod(filepath.Join(runner, "docker.sock"), 0o660); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir, path string, args ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// program builds pakman, or takes the one in PAKMAN_PROGRAM: where abuild is there may be no Go.
func program(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("PAKMAN_PROGRAM"); given != "" {
		return given
	}
	file := filepath.Join(openDir(t), "pakman")
	cmd := exec.Command("go", "build", "-o", file, "../..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// Docker's default capabilities.
const dockersText = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap"

// A build that tries all of it gets none of it, whoever started the program and whatever the system grants.
func TestHostileBuild(t *testing.T) {
	pakman := program(t)
	root := openDir(t)
	enter := []string{"unshare", "-m", "sh", "-c",
		`mount --rbind / "$0" && cd "$PWD" && exec chroot "$0" sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"`, root}
	isRoot := os.Geteuid() == 0
	for name, where := range map[string]struct {
		prefix []string
		user   bool
		open   []string // what docs/isolation.md says is open here
	}{
		"root":              {},
		"root in container": {prefix: append(slices.Clone(enter), "setpriv", "--bounding-set", dockersText)},
		"user":              {user: true},
		"user in container": {prefix: append(slices.Clone(enter), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
			user: true, open: []string{"Docker socket"}},
	} {
		for _, builder := range []string{"native", "abuild"} {
			t.Run(name+", "+builder, func(t *testing.T) {
				if !isRoot && (where.prefix != nil || !where.user) {
					t.Skip("needs root")
				}
				if _, err := exec.LookPath("abuild"); err != nil && builder == "abuild" {
					t.Skip("needs abuild")
				}
				if help, _ := exec.Command("setpriv", "--help").CombinedOutput(); where.prefix != nil &&
					!strings.Contains(string(help), "--bounding-set") {
					t.Skip("needs setpriv, unshare and chroot of util-linux and coreutils")
				}
				out := build(t, append(slices.Clone(where.prefix), pakman), builder, where.user && isRoot, root)
				if where.user && !userNamespaces(isRoot) {
					where.open = []string{"Docker socket"}
				}
				for _, a := range attempts {
					denied, got := strings.Contains(out, "DENIED "+a[0]+"\n"), strings.Contains(out, "GOT "+a[0]+"\n")
					if denied == got || got && !slices.Contains(where.open, a[0]) {
						t.Errorf("%s: denied %t, got %t", a[0], denied, got)
					}
				}
				if t.Failed() || !strings.Contains(out, "hostile-1.0.0-r0.apk") {
					t.Errorf("output:\n%s", out)
				}
			})
		}
	}
}

// userNamespaces reports whether users may make them.
func userNamespaces(asNobody bool) bool {
	cmd := exec.Command("unshare", "-Urm", "true")
	if asNobody {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{}}}
	}
	cmd.Dir = "/"
	return cmd.Run() == nil
}

// build runs the action and returns its output.
func build(t *testing.T, argv []string, builder string, asNobody bool, container string) string {
	t.Helper()
	other := exec.Command("sleep", "1000")
	other.Env = []string{"TOKEN=hunter2"}
	owner := os.Geteuid()
	if asNobody {
		owner = nobody
		other.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{}}}
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	})
	m := newMachine(t, other.Process.Pid, owner)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = m.workspace
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + m.home, "TMPDIR=" + filepath.Join(m.dir, "tmp"), "GITHUB_ACTIONS=true",
		"GITHUB_WORKSPACE=" + m.workspace,
		"GITHUB_ENV=" + m.runner + "/env", "GITHUB_OUTPUT=" + m.runner + "/output", "GITHUB_PATH=" + m.runner + "/path",
		"GITHUB_EVENT_PATH=" + m.runner + "/event.json",
		"GITHUB_TOKEN=hunter2-token", "ACTIONS_RUNTIME_TOKEN=hunter2-runtime", "AWS_SECRET_ACCESS_KEY=hunter2-bucket",
		"DOCKER_HOST=unix://" + m.runner + "/docker.sock",
		"INPUT_DIRECTORY=app", "INPUT_BUILDER=" + builder, "INPUT_SECRET-ACCESS-KEY=hunter2-input",
		// What the kernel of a container would not show is hidden here: the container's root is a directory of itself.
		"RUNNER_TEMP=" + container, "XDG_RUNTIME_DIR=" + filepath.Dir(m.key) + "/signing.rsa",
	}
	if asNobody && argv[0] != "unshare" {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{}}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.unchanged(t)
	return string(out)
}

// unchanged sees that what the build wrote went nowhere: in a sandbox it may write to a place of that name.
func (m machine) unchanged(t *testing.T) {
	t.Helper()
	for _, file := range []string{m.home + "/.profile", m.workspace + "/app/pakman.yml", m.runner + "/env", m.runner + "/path", m.key} {
		if text, err := os.ReadFile(file); err != nil || strings.HasSuffix(strings.TrimSpace(string(text)), "evil") ||
			strings.Contains(string(text), "A=b\n") {
			t.Errorf("%s: %v, changed to %q", file, err, text)
		}
	}
}
