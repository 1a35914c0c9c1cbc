package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/pakman/build/pkg/apk"
)

// readFile reads a regular file of at most so many bytes. It waits for nothing: a named pipe in place of a file would
// block the reader for ever.
func readFile(name string, most int64) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) //#nosec G304 -- checked below
	if err != nil {
		return nil, err
	}
	return readOpen(f, name, most)
}

// readOpen reads a file that was opened with O_NONBLOCK, and closes it.
func readOpen(f *os.File, name string, most int64) (text []byte, err error) {
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is a %s: only a regular file can be read", name, apk.Kind(info.Mode()))
	}
	text, err = io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s has more than %d bytes, the most that is read of such a file", name, most)
	}
	return text, err
}
