package apkbuild

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Write writes the files into dir, which must exist. Each appears whole or not at all, with its own mode whatever the umask.
func (d Directory) Write(dir string) error {
	for _, f := range d {
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("write build directory: %q would lie outside of it", f.Name)
		}
		if err := f.write(filepath.Join(dir, f.Name)); err != nil {
			return fmt.Errorf("write build directory: %w", err)
		}
	}
	return nil
}

// write puts f's body at path by way of a temporary file beside it.
func (f File) write(path string) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".pakman-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(f.Body)
	err = errors.Join(err, tmp.Chmod(os.FileMode(f.Mode)), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
