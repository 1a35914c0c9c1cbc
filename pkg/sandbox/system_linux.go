package sandbox

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// resolver are the files by which names of hosts are found. In a root of its own a build has those of the machine.
var resolver = []string{"/etc/hosts", "/etc/resolv.conf"}

// machineFiles returns the places of these files, wherever links lead to on the machine.
func machineFiles() []place {
	var all []place
	for _, file := range resolver {
		if fd, err := unix.Open(file, unix.O_PATH|unix.O_CLOEXEC, 0); err == nil {
			all = append(all, place{path: file, show: true, pin: true, fd: fd})
		}
	}
	return all
}

// in returns the place below a root.
func (p place) in(root string) place {
	p.path, p.parents = root+p.path, slices.Clone(p.parents)
	for i := range p.parents {
		p.parents[i].path = root + p.parents[i].path
	}
	return p
}

// Below a root, what is mounted by itself.
var ownMounts = []string{"/dev", "/proc"}

// assemble mounts a file system in memory on the root directory, with all that was in it, and with directories and files to mount
// the places on. Nothing is made in the directory itself, which others use at the same time.
func assemble(root string, places []place) error {
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", root, err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755,size=4m"); err != nil {
		return fmt.Errorf("mount %s: %w", root, err)
	}
	points := slices.Clone(ownMounts)
	for _, p := range places {
		points = append(points, p.path)
	}
	if err := imitateDir("/proc/self/fd/"+strconv.Itoa(fd), root, "/", points); err != nil {
		return err
	}
	dirs := slices.Clone(ownMounts)
	for _, p := range places {
		if p.dir {
			dirs = append(dirs, p.path)
		} else {
			dirs = append(dirs, filepath.Dir(p.path))
		}
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(root+dir, 0o755); err != nil { //#nosec G301 -- nothing secret
			return err
		}
	}
	return nil
}

// imitateDir shows at to what lies in from, which is name in the root. Directories on the way to one of the points are made anew,
// and the points themselves are left to be mounted.
func imitateDir(from, to, name string, points []string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		at := path.Join(name, e.Name())
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		leads := slices.ContainsFunc(points, func(p string) bool { return p != at && below(p, at) })
		switch {
		case slices.Contains(points, at):
		case e.Type()&os.ModeSymlink != 0:
			err = imitateLink(source, target)
		case e.IsDir() && leads:
			if err = os.Mkdir(target, 0o755); err == nil { //#nosec G301 -- nothing secret
				err = imitateDir(source, target, at, points)
			}
		case e.IsDir():
			if err = os.Mkdir(target, 0o755); err == nil { //#nosec G301 -- a place to mount on
				err = unix.Mount(source, target, "", unix.MS_BIND, "")
			}
		case e.Type().IsRegular():
			if err = os.WriteFile(target, nil, 0o600); err == nil {
				err = unix.Mount(source, target, "", unix.MS_BIND, "")
			}
		}
		if err != nil {
			return fmt.Errorf("show %s: %w", at, err)
		}
	}
	return nil
}

func imitateLink(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	return os.Symlink(target, to)
}

// changeRoot makes the directory the root of this process, with /proc and /dev as they are, and lets go of the machine's.
func changeRoot(root string) error {
	for _, dir := range ownMounts {
		if err := unix.Mount(dir, root+dir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil { // the old root lies on the new one then
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the machine's root: %w", err)
	}
	return os.Chdir("/")
}

// find returns the path of a program in the policy's root, as the command sees it. Links there lead from that root on, and are not
// followed here.
func (p Policy) find(program string, env []string) (string, error) {
	if strings.Contains(program, "/") {
		return program, nil
	}
	for _, entry := range env {
		if dirs, ok := strings.CutPrefix(entry, "PATH="); ok {
			for _, dir := range filepath.SplitList(dirs) {
				if info, err := os.Lstat(filepath.Join(p.System, dir, program)); err == nil && !info.IsDir() {
					return filepath.Join(dir, program), nil
				}
			}
		}
	}
	return "", fmt.Errorf("%s: %w", program, os.ErrNotExist)
}
