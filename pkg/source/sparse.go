package source

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// copyContent copies a file within the kernel where the system can. Holes stay holes, so that a sparse file takes no more
// room than before.
func copyContent(out, in *os.File, size int64) error {
	for at := int64(0); at < size; {
		data, err := in.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, syscall.ENXIO) {
			break // only a hole is left
		}
		if err != nil { // a file system that knows no holes
			data = at
		}
		end, err := in.Seek(data, unix.SEEK_HOLE)
		if err != nil || end > size {
			end = size
		}
		if _, err := in.Seek(data, io.SeekStart); err != nil {
			return err
		}
		if _, err := out.Seek(data, io.SeekStart); err != nil {
			return err
		}
		n, err := io.CopyN(out, in, end-data)
		if errors.Is(err, io.EOF) {
			size = data + n // the file became shorter
			break
		}
		if err != nil {
			return err
		}
		at = end
	}
	return out.Truncate(size)
}
