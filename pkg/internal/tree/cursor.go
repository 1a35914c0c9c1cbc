package tree

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Cursor looks at many names of a tree, one after the other. It keeps the directory of the last one open, so names of one
// directory in a row cost one look-up of it. It is for one goroutine.
type Cursor struct {
	dir    *Dir
	parent string // what fd has open
	fd     int    // -1: nothing
}

// Cursor returns a new one.
func (d *Dir) Cursor() *Cursor { return &Cursor{dir: d, fd: -1} }

// Close lets go of the directory.
func (c *Cursor) Close() {
	if c.fd >= 0 {
		_ = unix.Close(c.fd) // only read
		c.fd = -1
	}
}

// at returns the directory that holds name, and name's last element.
func (c *Cursor) at(name string) (fd int, base string, err error) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return c.dir.fd(), name, nil
	}
	parent, base := name[:i], name[i+1:]
	if base == "" || base == ".." {
		return -1, "", unix.EINVAL
	}
	if c.fd >= 0 && c.parent == parent {
		return c.fd, base, nil
	}
	c.Close()
	c.fd, err = beneath(c.dir.fd(), parent, pathOnly|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	c.parent = parent
	return c.fd, base, err
}

// Lstat returns what name is.
func (c *Cursor) Lstat(name string) (Info, error) {
	fd, base, err := c.at(name)
	var st unix.Stat_t
	if err == nil {
		err = unix.Fstatat(fd, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err != nil {
		return Info{}, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return infoOf(&st), nil
}

// Readlink returns the target of a symbolic link.
func (c *Cursor) Readlink(name string) (string, error) {
	fd, base, err := c.at(name)
	if err == nil {
		for size := 256; ; size *= 2 {
			target := make([]byte, size)
			n, failed := unix.Readlinkat(fd, base, target)
			if err = failed; err == nil && n < size {
				return string(target[:n]), nil
			}
			if err != nil {
				break
			}
		}
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
}

// errNotRegular is about a directory, a link, a pipe and all else that is no file.
var errNotRegular = errors.New("it is not a regular file")

// Open opens a regular file for reading and returns its descriptor, which the caller closes. A file that its owner made
// unreadable is opened all the same, as root or fakeroot would, and keeps its mode.
func (c *Cursor) Open(name string) (fd int, info Info, err error) {
	parent, base, err := c.at(name)
	if err == nil {
		fd, err = openRead(parent, base)
	}
	if errors.Is(err, fs.ErrPermission) {
		fd, err = openUnreadable(parent, base, err)
	}
	if err != nil {
		return -1, Info{}, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil {
		if info = infoOf(&st); !info.Mode.IsRegular() {
			err = errNotRegular
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, Info{}, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fd, info, nil
}

func openRead(parent int, base string) (int, error) {
	const flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	return uninterrupted(func() (int, error) { return unix.Openat(parent, base, flags, 0) })
}

// openUnreadable opens a file that denied err, with a mode that lets its owner read it for a moment.
func openUnreadable(parent int, base string, denied error) (int, error) {
	file, err := unix.Openat(parent, base, pathOnly|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, denied
	}
	defer func() { _ = unix.Close(file) }()
	var st unix.Stat_t
	if unix.Fstat(file, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return -1, denied
	}
	const permissions, ownerReads = 0o7777, 0o400
	mode := st.Mode & permissions
	if unix.Chmod(descriptor(file), mode|ownerReads) != nil {
		return -1, denied
	}
	fd, err := openRead(parent, base)
	if restored := unix.Chmod(descriptor(file), mode); restored != nil && err == nil {
		return -1, errors.Join(os.NewSyscallError("chmod", restored), unix.Close(fd))
	}
	return fd, err
}

// Path returns a path to name that is resolved beneath the tree, as long as the cursor stays where it is: for what has no
// call that takes a descriptor. Name itself may be a link.
func (c *Cursor) Path(name string) (string, error) {
	fd, base, err := c.at(name)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return descriptor(fd) + "/" + base, nil
}

// uninterrupted repeats a system call that a signal has interrupted.
func uninterrupted(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
