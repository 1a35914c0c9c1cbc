package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// temporary is the directory of the workspace that the build sees as /tmp.
const temporary = ".temporary"

// makeTemporary makes it, with the place of the workspace in it.
func makeTemporary(workspace string) error {
	dir := filepath.Join(workspace, temporary)
	if err := os.MkdirAll(filepath.Join(dir, filepath.Base(Seen)), 0o755); err != nil { //#nosec G301 -- nothing secret
		return err
	}
	return os.Chmod(dir, fs.ModeSticky|0o777)
}

type parent struct {
	path string
	info fs.FileInfo
}

// mount changes what the process and its children see of the file system: all of it can only be read, but for what
// the build writes to.
func (s spec) mount() error {
	places, err := s.places()
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount private /: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := makeDevices(); err != nil {
		return err
	}
	if s.Policy.System != "" {
		if err := assemble(s.Policy.System, places); err != nil {
			return err
		}
	}
	writable := slices.Clone(ownDevices)
	for _, p := range places {
		if p.write {
			writable = append(writable, p.path)
		}
		if err := p.in(s.Policy.System).mount(); err != nil {
			return fmt.Errorf("mount %s: %w", p.path, err)
		}
	}
	if s.Policy.System != "" {
		if err := changeRoot(s.Policy.System); err != nil {
			return err
		}
	}
	if !s.root() {
		writable = append(writable, "/proc") // the machine's settings in it are root's
	}
	if err := freeze(writable); err != nil || s.Policy.Root == "" {
		return err
	}
	return s.enterRoot()
}

// mount puts the place's content where it is seen.
func (p place) mount() error {
	if p.show {
		if err := p.makePoint(); err != nil {
			return err
		}
	}
	switch {
	case p.fd >= 0:
		return unix.Mount("/proc/self/fd/"+strconv.Itoa(p.fd), p.path, "", unix.MS_BIND|unix.MS_REC, "")
	case !p.dir:
		return unix.Mount("/dev/null", p.path, "", unix.MS_BIND, "")
	}
	info, err := os.Stat(p.path)
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", p.path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=4m"); err != nil {
		return err
	}
	return parent{p.path, info}.imitate()
}

// makePoint makes what a shown file or directory is mounted on.
func (p place) makePoint() error {
	for _, dir := range p.parents {
		if err := os.Mkdir(dir.path, 0o700); err != nil {
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			return err
		}
		if err := dir.imitate(); err != nil {
			return err
		}
	}
	if p.dir {
		err := os.Mkdir(p.path, 0o700)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	f, err := os.OpenFile(p.path, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// imitate opens a new directory to whom the real one was open. In a user namespace all is this user's.
func (p parent) imitate() error {
	if st, ok := p.info.Sys().(*syscall.Stat_t); ok && !SameUser() {
		if err := os.Chown(p.path, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(p.path, p.info.Mode().Perm()|p.info.Mode()&fs.ModeSticky)
}
