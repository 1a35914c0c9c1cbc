package tempdir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove removes a file, a link, or a directory with all that is in it, also where builds have left directories that nobody may
// write to. What is not there is removed already.
func Remove(path string) (err error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	info, err := root.Lstat(filepath.Base(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return remove(root, fs.FileInfoToDirEntry(info))
}

// empty removes all that is in the directory except the lock file. Builds leave directories that nobody may write to.
func empty(path string) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // it was only read
	entries, err := fs.ReadDir(root.FS(), ".")
	if errors.Is(err, fs.ErrPermission) {
		if err = root.Chmod(".", 0o700); err == nil {
			entries, err = fs.ReadDir(root.FS(), ".")
		}
	}
	for _, entry := range entries {
		if entry.Name() != lockFile {
			err = errors.Join(err, remove(root, entry))
		}
	}
	return err
}

// remove removes a file, a link, or a directory with all that is in it. It works beneath a handle, so that no link that
// is put in the way of a path leads it elsewhere.
func remove(root *os.Root, entry fs.DirEntry) error {
	name := entry.Name()
	err := root.RemoveAll(name)
	if err == nil || !entry.IsDir() {
		return err
	}
	_ = root.Chmod(name, 0o700)
	sub, err := root.OpenRoot(name)
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(sub.FS(), ".")
	for _, below := range entries {
		err = errors.Join(err, remove(sub, below))
	}
	return errors.Join(err, sub.Close(), root.Remove(name))
}
