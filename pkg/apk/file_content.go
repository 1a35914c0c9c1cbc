package apk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// content is a file that is open to be read, by its descriptor: with os.File, which would look whether it can be waited for,
// opening takes twice as long, and a tree may have many thousand files.
type content int

// openContent opens a file. One that its owner made unreadable is opened all the
// same, as root or fakeroot would, and keeps its mode.
func openContent(path string) (content, error) {
	f, err := openOnce(path)
	if !errors.Is(err, fs.ErrPermission) {
		return f, err
	}
	info, statErr := os.Lstat(path)
	if statErr != nil || !info.Mode().IsRegular() || os.Chmod(path, info.Mode()|0o400) != nil {
		return f, err
	}
	f, err = openOnce(path)
	if restored := os.Chmod(path, info.Mode()); restored != nil && err == nil {
		return -1, errors.Join(restored, f.Close())
	}
	return f, err
}

func openOnce(path string) (content, error) {
	fd, err := uninterrupted(func() (int, error) {
		return syscall.Open(path, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return content(fd), nil
}

// Read reads; at the end it gives 0 bytes and io.EOF.
func (c content) Read(p []byte) (int, error) {
	n, err := uninterrupted(func() (int, error) { return syscall.Read(int(c), p) })
	if err != nil {
		return 0, os.NewSyscallError("read", err)
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (c content) rewind() error {
	_, err := syscall.Seek(int(c), 0, io.SeekStart)
	return os.NewSyscallError("seek", err)
}

// Close closes the file.
func (c content) Close() error { return os.NewSyscallError("close", syscall.Close(int(c))) }

// uninterrupted makes a system call again that a signal has interrupted.
func uninterrupted(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
