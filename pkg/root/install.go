package root

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/proc"
)

// keysDir is where apk has the keys that it trusts, below a root.
const keysDir = "etc/apk/keys"

// install makes the root in dir: apk verifies and installs everything.
func (m Maker) install(ctx context.Context, b bootstrapped, w Wanted, dir string) error {
	if err := makeKeysDir(dir); err != nil {
		return err
	}
	for name, text := range b.keys {
		if err := write(filepath.Join(dir, keysDir, name), text); err != nil {
			return err
		}
	}
	repositories := m.mirror() + "/" + w.Branch + "/main\n" + m.mirror() + "/" + w.Branch + "/community\n"
	if err := write(filepath.Join(dir, "etc/apk/repositories"), []byte(repositories)); err != nil {
		return err
	}
	args := append([]string{"add", "--root", dir, "--initdb", "--arch", w.Arch, "--no-cache", "--no-progress"}, w.all()...)
	_, err := proc.Run(ctx, proc.Cmd{Path: b.apk, Args: args, Dir: "/", Env: m.Env, Stdout: m.Log, Stderr: m.Log, Attributes: isolated()})
	var failed *proc.Error
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	return explain(w, failed)
}

// makeKeysDir makes the root's directory, and in it that of the keys. The build's user reads them whatever this process's umask.
func makeKeysDir(dir string) error {
	err := os.MkdirAll(filepath.Join(dir, keysDir), 0o755) //#nosec G301 -- nothing secret
	for _, name := range []string{"", "etc", "etc/apk", keysDir} {
		err = errors.Join(err, os.Chmod(filepath.Join(dir, name), 0o755)) //#nosec G302 -- likewise
	}
	return err
}

// write writes a file that everybody may read.
func write(file string, text []byte) error {
	return errors.Join(os.WriteFile(file, text, 0o644), os.Chmod(file, 0o644)) //#nosec G302,G306 -- nothing secret
}

// isolated are the namespaces in which apk runs: as root of a user namespace that has nobody else in it, where this is a user. Go
// makes the mounts private only with Unshareflags: what apk mounts would else appear on the machine, where this is root.
func isolated() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: proc.AtDeath(syscall.SIGKILL), Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWIPC,
		Unshareflags: unix.CLONE_NEWNS,
	}
	if os.Geteuid() != 0 {
		a.Cloneflags |= unix.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return a
}

// noSuchPackage is what apk says of a package that no repository has.
var noSuchPackage = regexp.MustCompile(`^\s*([^\s:]+) \(no such package\)`)

// explain says what apk failed at.
func explain(w Wanted, failed *proc.Error) error {
	var missing []string
	for _, line := range failed.Tail {
		if found := noSuchPackage.FindStringSubmatch(line); found != nil {
			missing = append(missing, found[1])
		}
	}
	if len(missing) > 0 {
		return refuse("dependencies.build: Alpine %s has no package %s for %s: check the names on https://pkgs.alpinelinux.org", w.Branch,
			strings.Join(missing, ", "), w.Arch)
	}
	return refuse("a root of Alpine %s could not be made: apk: %w: %s", w.Branch, failed.Err, strings.Join(failed.Tail, "\n"))
}

// finish makes what programs of a build expect: the name of the system, which containers have and no package of base, a name for the
// user, where the release does not know the number, and the files that the machine's are shown at.
func finish(dir, branch, release string) error {
	for name, text := range map[string]string{
		"etc/alpine-release": release + "\n",
		"etc/os-release": fmt.Sprintf("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=%s\nPRETTY_NAME=\"Alpine Linux %s\"\n",
			release, branch),
	} {
		file := filepath.Join(dir, name)
		if _, err := os.Lstat(file); err == nil || release == "" {
			continue
		}
		if err := write(file, []byte(text)); err != nil {
			return err
		}
	}
	for _, name := range []string{"etc/hosts", "etc/resolv.conf"} {
		file := filepath.Join(dir, name)
		if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() {
			continue
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := write(file, nil); err != nil {
			return err
		}
	}
	users := filepath.Join(dir, "etc/passwd")
	text, err := os.ReadFile(users)
	if err != nil || os.Geteuid() == 0 || strings.Contains(string(text), fmt.Sprintf(":x:%d:", os.Geteuid())) {
		return err
	}
	text = fmt.Appendf(text, "pakman:x:%d:%d:pakman:/tmp:/bin/sh\n", os.Geteuid(), os.Getegid())
	return write(users, text)
}
