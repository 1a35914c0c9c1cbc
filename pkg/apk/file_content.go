package apk

import (
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/pakman/build/pkg/internal/tree"
)

// content is a file that is open to be read, by its descriptor: with os.File, which would look whether it can be waited for,
// opening takes twice as long, and a tree may have many thousand files.
type content int

// openContent opens the file of an entry, which must still be the one that was looked at.
func openContent(cursor *tree.Cursor, e *entry) (content, error) {
	fd, info, err := cursor.Open(e.path)
	if err != nil {
		return -1, err
	}
	if e.inode != (inode{device: info.Device, number: info.Inode}) {
		return -1, errors.Join(errChanged, content(fd).Close())
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
