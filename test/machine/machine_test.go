//go:build linux

// Package machine installs, upgrades and removes packages on a machine with OpenRC and s6: a root directory in namespaces
// of its own, with Debian's files of these programs.
package machine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// machine is a booted root directory.
type machine struct {
	t    *testing.T
	root string
	pid  string // of its first process
}

// fixed are the files that every machine has.
var fixed = map[string]string{
	"usr/libexec/kept":  "", // apk would not remove the directories of other packages
	"etc/passwd":        "root:x:0:0:root:/root:/bin/sh\n",
	"etc/group":         "root:x:0:\n",
	"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
	"etc/insserv.conf":  "", // of Debian's OpenRC
	"etc/hosts":         "127.0.0.1 localhost\n",
	"etc/rc.conf":       "rc_parallel=NO\n",
	"etc/pam.d/other":   "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\nsession sufficient pam_permit.so\n",
	"etc/pam.d/su":      "@include other\n",
	"etc/init.d/net":    "#!/sbin/openrc-run\nstart() { :; }\nstop() { :; }\n",
	"etc/init.d/s6-svscan": "#!/sbin/openrc-run\ncommand=/bin/s6-svscan\ncommand_args=\"$RC_SVCDIR/s6-scan\"\ncommand_background=yes\n" +
		"pidfile=/run/s6-svscan.pid\nstart_pre() { [ -x \"$command\" ] || return 1; checkpath -d -m 0755 \"$RC_SVCDIR\"/s6-scan; }\n" +
		"start_post() { until s6-svscanctl -a \"$RC_SVCDIR\"/s6-scan 2>/dev/null; do sleep 0.1; done; }\n",
	"bin/addgroup": "#!/bin/sh\nname=$2\ngrep -q \"^$name:\" /etc/group || echo \"$name:x:901:\" >>/etc/group\n",
	"bin/adduser": "#!/bin/sh\nfor name; do :; done\ngrep -q \"^$name:\" /etc/passwd || " +
		"echo \"$name:x:901:901::/var/lib/$name:/sbin/nologin\" >>/etc/passwd\n",
}

// boot makes a machine. Programs of s6 are in /usr/bin alone, as in Alpine since 3.21.
func boot(t *testing.T) *machine {
	t.Helper()
	openrc := needOpenRC(t)
	m := &machine{t: t, root: t.TempDir()}
	for _, dir := range []string{"bin", "sbin", "lib/rc", "lib/x86_64-linux-gnu", "usr/libexec", "mnt", "proc", "dev", "tmp", "run/openrc", "root",
		"etc/init.d", "etc/conf.d", "etc/pam.d", "etc/runlevels/default", "var/lib", "var/log", "var/svc.d"} {
		m.must(os.MkdirAll(filepath.Join(m.root, dir), 0o755))
	}
	m.must(os.Symlink("/run", filepath.Join(m.root, "var/run")))
	m.link("/usr/bin", "bin")
	m.link("/usr/sbin", "sbin")
	m.link("/usr/lib", "lib")
	m.link("/usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")
	_ = os.Symlink("usr/lib64", filepath.Join(m.root, "lib64")) // some architectures have none
	for _, name := range []string{"bin/s6-svscan", "sbin/adduser", "sbin/addgroup"} {
		_ = os.Remove(filepath.Join(m.root, name)) // it may not be there
	}
	for _, dir := range []string{"sbin", "bin", "lib"} {
		from := filepath.Join(openrc, dir)
		out, err := exec.CommandContext(t.Context(), "cp", "-R", "--remove-destination", from, m.root).CombinedOutput()
		if err != nil {
			t.Fatalf("cp: %v\n%s", err, out)
		}
	}
	if busybox, err := exec.LookPath("busybox"); err == nil {
		m.must(os.Remove(filepath.Join(m.root, "bin/sh")))
		m.must(os.Symlink(busybox, filepath.Join(m.root, "bin/sh")))
		_ = os.Remove(filepath.Join(m.root, "bin/awk")) // it may not be there
		m.must(os.Symlink(busybox, filepath.Join(m.root, "bin/awk")))
	}
	for name, body := range fixed {
		m.write(name, body)
	}
	m.write("run/openrc/softlevel", "")
	m.start()
	m.ok("rc-update -u >/dev/null 2>&1; rc-service net start")
	return m
}

// start runs the first process of the machine, in which its file systems are mounted: /usr of this machine, except for libexec,
// where packages install programs.
func (m *machine) start() {
	m.t.Helper()
	script := `mount --make-rprivate / && mkdir -p "$1/usr/libexec" "$1/mnt" && mount -o bind "$1/usr/libexec" "$1/mnt" &&
mount -o bind,ro /usr "$1/usr" && { [ ! -d /usr/libexec ] || mount -o move "$1/mnt" "$1/usr/libexec"; } && mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
exec chroot "$1" /bin/sh -c 'echo ready; while sleep 1; do :; done'`
	cmd := exec.CommandContext(m.t.Context(), "unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child",
		"sh", "-c", script, "sh", m.root)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	m.must(err)
	m.must(cmd.Start())
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ready := make([]byte, len("ready\n"))
	if n, _ := out.Read(ready); n == 0 {
		m.t.Skipf("this machine cannot start another one: %s", errs.String())
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
	m.must(err)
	m.pid = strings.TrimSpace(string(children))
}

// run runs a shell command line on the machine.
func (m *machine) run(script string, args ...string) (stdout, stderr string, code int) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*time.Minute)
	defer cancel()
	// A daemon that keeps a pipe open would keep the test waiting, so the output goes to files.
	dir := m.t.TempDir()
	out, err := os.Create(filepath.Join(dir, "out"))
	m.must(err)
	defer func() { _ = out.Close() }()
	errs, err := os.Create(filepath.Join(dir, "err"))
	m.must(err)
	defer func() { _ = errs.Close() }()
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", m.pid, "--mount", "--pid", "--uts", "--root", "--wd=/",
		"/bin/sh", "-c", script, "sh"}, args...)...)
	cmd.Env = []string{"PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/root", "USER=root", "SECRET=of-the-caller"}
	cmd.Stdout, cmd.Stderr = out, errs
	_ = cmd.Run() // the exit code says it
	return read(m.t, out.Name()), read(m.t, errs.Name()), cmd.ProcessState.ExitCode()
}

// ok runs a command line that must succeed, and returns its output.
func (m *machine) ok(script string) string {
	m.t.Helper()
	out, errs, code := m.run(script)
	if code != 0 {
		m.t.Fatalf("%s: exit code %d\n%s%s", script, code, out, errs)
	}
	return out
}

// eventually waits until a command line succeeds.
func (m *machine) eventually(script string) string {
	m.t.Helper()
	for limit := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		out, errs, code := m.run(script)
		if code == 0 {
			return out
		}
		if time.Now().After(limit) {
			state, _, _ := m.run("ps ax -o user,pid,ppid,args; tail -n 20 /var/log/*/* 2>/dev/null")
			m.t.Fatalf("%s: exit code %d\n%s%s\n%s", script, code, out, errs, state)
		}
	}
}

// link fills a directory of the root with links to what another one holds.
func (m *machine) link(from, to string) {
	m.t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		return // no such directory on this architecture
	}
	for _, e := range entries {
		_ = os.Symlink(filepath.Join(from, e.Name()), filepath.Join(m.root, to, e.Name())) // it may be there
	}
}

func (m *machine) write(name, body string) {
	m.t.Helper()
	path := filepath.Join(m.root, name)
	m.must(os.MkdirAll(filepath.Dir(path), 0o755))
	_ = os.Remove(path) // a link would lead to this machine's file
	m.must(os.WriteFile(path, []byte(body), 0o755))
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// needOpenRC returns a directory with the files of OpenRC and its libraries, which are never installed on this machine itself: they
// would replace its init.
func needOpenRC(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: services take seconds to start")
	}
	if os.Getuid() != 0 {
		t.Skip("a machine in namespaces needs root")
	}
	for _, tool := range []string{"s6-svscan", "unshare", "nsenter", "dpkg-deb", "ps", "su"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := os.Getenv("TEST_OPENRC")
	if dir == "" {
		dir = filepath.Join(cacheDir(t), "openrc-and-libraries")
	}
	if _, err := os.Stat(filepath.Join(dir, "sbin/openrc-run")); err != nil {
		download(t, "OpenRC", dir, `apt-get download -qq openrc >/dev/null
libraries=$(dpkg-deb -f openrc_*.deb Depends | grep -oE 'lib(rc|einfo)[a-z0-9]*')
apt-get download -qq $libraries >/dev/null`)
	}
	return dir
}

// atoi reads a number that a command printed.
func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
