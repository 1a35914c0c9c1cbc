package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

// place is one path that looks different inside.
type place struct {
	path  string
	show  bool
	write bool
	pin   bool // it is a mount of its own even where nothing looks different, as a mount cannot be moved
	fd    int  // what is shown there, or taken for hidden; -1: nothing
	dir   bool
	// The directories between the hidden one and this, which are made anew, are open to whom the real ones are.
	parents []parent
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
	writable := slices.Clone(ownDevices)
	for _, p := range places {
		if err := p.mount(); err != nil {
			return fmt.Errorf("mount %s: %w", p.path, err)
		}
		if p.write {
			writable = append(writable, p.path)
		}
	}
	if s.Credential != nil || os.Geteuid() != 0 {
		writable = append(writable, "/proc") // the machine's settings in it are root's
	}
	return freeze(writable)
}

// places opens all that will be shown, while it can be named, in the order of mounting: a directory
// before what lies in it.
func (s spec) places() ([]place, error) {
	var all []place
	hidden := append(slices.Clone(s.Policy.Hide), "/dev")
	if s.Policy.Workspace != "" {
		hidden = append(hidden, "/tmp", "/var/tmp")
		all = append(all, place{path: "/tmp", dir: true, write: true}, place{path: "/var/tmp", dir: true, write: true},
			place{path: Seen, dir: true, show: true, write: true})
		own := filepath.Join(s.Policy.Workspace, temporary)
		for i, dir := range []string{own, own, s.Policy.Workspace} {
			var err error
			if all[i].fd, err = unix.Open(dir, unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
				return nil, fmt.Errorf("open %s: %w", dir, err)
			}
		}
		if info, err := os.Lstat("/var/tmp"); err != nil || !info.IsDir() { // some systems have a link to /tmp, or nothing
			all = append(all[:1], all[2:]...)
		}
	}
	for _, path := range s.Policy.Hide {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue // nothing to hide from this user
		}
		if err != nil {
			return nil, err
		}
		all = append(all, place{path: path, dir: info.IsDir(), fd: -1})
	}
	for _, path := range s.Policy.Write {
		p, err := shown(path, hidden, true)
		if err != nil {
			return nil, err
		}
		if p != nil {
			p.write = true
			all = append(all, *p)
		}
	}
	for _, path := range s.Policy.Show {
		p, err := shown(path, hidden, false)
		if err != nil {
			return nil, err
		}
		if p != nil {
			all = append(all, *p)
		}
	}
	fixed, err := s.fixed()
	if err != nil {
		return nil, err
	}
	all = append(all, fixed...)
	slices.SortStableFunc(all, func(a, b place) int { return strings.Compare(a.path, b.path) })
	all = slices.CompactFunc(all, func(a, b place) bool { return a.path == b.path })
	return changing(all), nil
}

// fixed returns the places of the fixed files, and of the directories between them and what the build writes to.
func (s spec) fixed() ([]place, error) {
	var all []place
	for _, path := range s.Policy.Fixed {
		base, inside := path, ""
		for _, dir := range s.Policy.Write {
			if below(path, dir) {
				base, inside = dir, dir
			}
		}
		if dir := s.Policy.Workspace; dir != "" && below(path, dir) {
			base, inside = dir, Seen
		}
		for at := path; at != base; at = filepath.Dir(at) {
			fd, err := unix.Open(at, unix.O_PATH|unix.O_CLOEXEC, 0)
			if err != nil {
				return nil, fmt.Errorf("open %s: %w", at, err)
			}
			dir := at != path
			all = append(all, place{path: inside + strings.TrimPrefix(at, base), show: true, write: dir, dir: dir, pin: true, fd: fd})
		}
	}
	return all, nil
}

// changing leaves out places that are hidden, or shown, with the directory that holds them. They are sorted.
func changing(places []place) []place {
	var out []place
	for _, p := range places {
		visible, writable := true, false
		for _, before := range out {
			if below(p.path, before.path) {
				visible, writable = before.show, before.write // the last one is the nearest
			}
		}
		if p.pin || p.show != visible || p.show && p.write != writable {
			out = append(out, p)
		}
	}
	return out
}

// shown returns the place of a path to show; nil where nothing hides it and it need not differ from what is around
// it, or nothing is there for this user.
func shown(path string, hidden []string, differs bool) (*place, error) {
	if !differs && !slices.ContainsFunc(hidden, func(dir string) bool { return path != dir && below(path, dir) }) {
		return nil, nil
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p := &place{path: path, show: true, fd: fd, dir: info.IsDir()}
	for dir := filepath.Dir(path); slices.ContainsFunc(hidden, func(h string) bool {
		return dir != h && below(dir, h)
	}); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, err
		}
		p.parents = append([]parent{{dir, info}}, p.parents...)
	}
	return p, nil
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
