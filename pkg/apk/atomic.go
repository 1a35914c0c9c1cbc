package apk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// writeFile lets write fill a new file that then takes the name path. When it fails, nothing
// is left behind and what stood at path stays.
func writeFile(path string, write func(*os.File) error) error {
	file, err := newFile(path)
	if err != nil {
		return err
	}
	err = write(file)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// newFile makes a hidden file beside path. Unlike os.CreateTemp it leaves the mode to the umask.
func newFile(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	name := filepath.Join(dir, fmt.Sprintf(".%s.%08x.tmp", base, rand.Uint32()))
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
}

// copyFile copies what is left of src. Between two files the kernel does it, in steps that let
// ctx end it.
func copyFile(ctx context.Context, dst, src *os.File) error {
	const step = 64 << 20
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.Copy(dst, io.LimitReader(src, step))
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}
