package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

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
