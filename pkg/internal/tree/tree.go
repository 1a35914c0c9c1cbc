// Package tree reads and changes directory trees that a build has written and that it may still be changing. A tree is
// reached by one descriptor, which is opened where the build cannot replace a directory above it. Every name is resolved
// beneath that descriptor, and no symbolic link is followed on the way, so a link in the tree never leads out of it. Only
// regular files are opened, so a named pipe never blocks.
package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Dir is a directory and all that lies beneath it. The names that its methods take are relative, with slashes; "." is the
// directory itself.
type Dir struct {
	file *os.File
	most int // entries that are allowed; 0: MaxEntries
}

// Open opens the directory at path. Links in path are followed: whoever writes to the tree must not be able to change them.
func Open(path string) (*Dir, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) //nolint:forbidigo // the one path that is trusted
	if errors.Is(err, unix.ENOTDIR) {
		return nil, fmt.Errorf("%s is not a directory", path)
	}
	if err != nil {
		return nil, err
	}
	return &Dir{file: file}, nil
}

// Close closes the descriptor.
func (d *Dir) Close() error { return d.file.Close() }

func (d *Dir) fd() int { return int(d.file.Fd()) }

// Sub opens the directory called name.
func (d *Dir) Sub(name string) (*Dir, error) {
	fd, err := beneath(d.fd(), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &Dir{file: os.NewFile(uintptr(fd), name), most: d.most}, nil
}

// Lstat returns what name is.
func (d *Dir) Lstat(name string) (Info, error) {
	c := d.Cursor()
	defer c.Close()
	return c.Lstat(name)
}

// Readlink returns the target of a symbolic link.
func (d *Dir) Readlink(name string) (string, error) {
	c := d.Cursor()
	defer c.Close()
	return c.Readlink(name)
}

// Open opens the regular file called name for reading.
func (d *Dir) Open(name string) (*os.File, error) {
	c := d.Cursor()
	defer c.Close()
	fd, _, err := c.Open(name)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// ReadFile returns the content of a regular file of at most limit bytes.
func (d *Dir) ReadFile(name string, limit int64) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("it is larger than %d bytes", limit)}
	}
	return text, nil
}

// Create makes a new file; the name must be free.
func (d *Dir) Create(name string, mode fs.FileMode) (*os.File, error) {
	c := d.Cursor()
	defer c.Close()
	parent, base, err := c.at(name)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	const flags = unix.O_RDWR | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := uninterrupted(func() (int, error) { return unix.Openat(parent, base, flags, uint32(mode.Perm())) })
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	file := os.NewFile(uintptr(fd), name)
	return file, file.Chmod(mode) // the umask took from it
}

// Mkdir makes a new directory; the name must be free.
func (d *Dir) Mkdir(name string, mode fs.FileMode) error {
	c := d.Cursor()
	defer c.Close()
	parent, base, err := c.at(name)
	if err == nil {
		err = unix.Mkdirat(parent, base, uint32(mode.Perm()))
	}
	if err != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: err}
	}
	made, err := d.Sub(name)
	if err != nil {
		return err
	}
	return errors.Join(made.file.Chmod(mode), made.Close()) // the umask took from it
}

// Symlink makes a symbolic link; the name must be free.
func (d *Dir) Symlink(target, name string) error {
	c := d.Cursor()
	defer c.Close()
	parent, base, err := c.at(name)
	if err == nil {
		err = unix.Symlinkat(target, parent, base)
	}
	if err != nil {
		return &fs.PathError{Op: "symlink", Path: name, Err: err}
	}
	return nil
}

// Renew makes a new file in place of whatever has the name, but for a directory that is not empty.
func (d *Dir) Renew(name string, mode fs.FileMode) (*os.File, error) {
	if err := d.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return d.Create(name, mode)
}

// WriteFile renews a file with that content.
func (d *Dir) WriteFile(name string, text []byte, mode fs.FileMode) error {
	file, err := d.Renew(name, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// Remove removes a file, a link or an empty directory.
func (d *Dir) Remove(name string) error {
	c := d.Cursor()
	defer c.Close()
	parent, base, err := c.at(name)
	if err == nil {
		err = unix.Unlinkat(parent, base, 0)
		if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) {
			err = unix.Unlinkat(parent, base, unix.AT_REMOVEDIR)
		}
	}
	if err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return nil
}

// Overwrite replaces the content of a regular file, which stays the same file (inode, mode, extended attributes), by what
// write writes.
func (d *Dir) Overwrite(name string, write func(io.Writer) error) error {
	c := d.Cursor()
	defer c.Close()
	fd, info, err := c.Open(name)
	if err != nil {
		return err
	}
	const ownerWrites = 0o200
	file := os.NewFile(uintptr(fd), name)
	err = file.Chmod(info.Mode | ownerWrites)
	if err == nil {
		err = overwrite(fd, write)
	}
	// Writing takes the set-user-ID bit away.
	return errors.Join(err, file.Chmod(info.Mode), file.Close())
}

// overwrite opens the file of a descriptor once more, to write to it.
func overwrite(fd int, write func(io.Writer) error) error {
	out, err := os.OpenFile(descriptor(fd), os.O_WRONLY|os.O_TRUNC, 0) //nolint:forbidigo // a descriptor's
	if err != nil {
		return err
	}
	return errors.Join(write(out), out.Close())
}

// descriptor returns a path to the file that a descriptor has open.
func descriptor(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// ReadDir returns the entries of a directory, sorted.
func (d *Dir) ReadDir(name string) ([]Entry, error) {
	var all []Entry
	err := d.entries(name, func(e fs.DirEntry) error {
		if len(all) == d.limit() {
			return d.tooMany(name)
		}
		all = append(all, Entry{Path: path.Join(name, e.Name()), Type: e.Type()})
		return nil
	})
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return all, err
}

// entries calls fn for each entry of a directory.
func (d *Dir) entries(name string, fn func(fs.DirEntry) error) error {
	fd, err := beneath(d.fd(), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return &fs.PathError{Op: "open", Path: name, Err: err}
	}
	// By this name os.File finds the type of an entry where the file system does not give it: through the descriptor.
	dir := os.NewFile(uintptr(fd), descriptor(fd))
	defer func() { _ = dir.Close() }() // only read
	const several = 1024
	for {
		some, err := dir.ReadDir(several)
		for _, e := range some {
			if err := fn(e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
