// Package tempdir makes temporary directories that do not outlive the program for long: the next run removes what a
// killed one left behind.
//
// Each directory holds a file that its program keeps locked. The kernel releases the lock when the program ends, however
// it ends, so a directory whose lock is free belongs to nobody any more. A directory without that file was not made
// here and is never touched.
package tempdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"

	"github.com/pakman/build/pkg/internal/flock"
)

const (
	// prefix begins the names of all temporary directories.
	prefix = "pakman"
	// lockFile is the file that is locked.
	lockFile = ".pakman.lock"
)

// made matches the names of the directories that are made here.
var made = regexp.MustCompile(`^` + prefix + `(-[0-9]+)?$`)

// Dir is a temporary directory of this program.
type Dir struct {
	Path string // absolute, without symbolic links
	lock *os.File
}

// sweepOnce removes what killed runs left, before the first directory is made.
var sweepOnce sync.Once

// New makes a directory, mode 0700, below the system's directory for temporary files.
func New() (*Dir, error) {
	base, err := system()
	if err != nil {
		return nil, err
	}
	sweepOnce.Do(sweep)
	for {
		path, err := os.MkdirTemp(base, prefix+"-")
		if err != nil {
			return nil, unplaced(err)
		}
		d, err := claim(path)
		if !errors.Is(err, errTaken) {
			return d, err
		}
	}
}

// NewFixed makes a directory like New, but at the same path every time: programs write down where they run, and only
// with the same path do two builds of the same sources give the same bytes. While another run holds the path, or anything
// else stands there, the directory has a name of its own.
func NewFixed() (*Dir, error) {
	base, err := system()
	if err != nil {
		return nil, err
	}
	sweepOnce.Do(sweep)
	path := filepath.Join(base, prefix)
	err = os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return New()
	}
	if err != nil {
		return nil, unplaced(err)
	}
	d, err := claim(path)
	if errors.Is(err, errTaken) {
		return New()
	}
	return d, err
}

// system returns the system's directory for temporary files, absolute.
func system() (string, error) {
	base, err := filepath.Abs(os.TempDir())
	if err != nil {
		return "", err
	}
	info, err := os.Stat(base)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", base)
	}
	if err != nil {
		return "", unplaced(err)
	}
	return base, nil
}

func unplaced(err error) error {
	return fmt.Errorf("temporary files have no place: %w; set TMPDIR to a directory that can be written", err)
}

// errTaken is that of a new directory which another run took before it was locked.
var errTaken = errors.New("another run took the directory")

// claim locks a directory that was just made.
func claim(path string) (*Dir, error) {
	path, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errTaken
	}
	if err != nil {
		return nil, err
	}
	const flags = os.O_RDWR | os.O_CREATE | os.O_EXCL | syscall.O_NOFOLLOW
	lock, err := os.OpenFile(filepath.Join(path, lockFile), flags, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrExist):
		return nil, errTaken
	case err != nil:
		return nil, err
	}
	// On a file system without locks nothing is swept, so that the directory is safe without one.
	if free, err := flock.Try(lock, flock.Exclusive); !free && err == nil || !names(path, lock) {
		return nil, errors.Join(errTaken, lock.Close())
	}
	return &Dir{Path: path, lock: lock}, nil
}

// openAbandoned returns the locked lock file of a directory of this user's whose program has ended; nil when there is
// none. The directory itself may not be a symbolic link.
func openAbandoned(path string) *os.File {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() || !own(info) {
		return nil
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	if info, err = lock.Stat(); err == nil && info.Mode().IsRegular() && own(info) {
		if free, err := flock.Try(lock, flock.Exclusive); free && err == nil && names(path, lock) {
			return lock
		}
	}
	_ = lock.Close()
	return nil
}

// names reports whether the directory still has this lock file.
func names(path string, lock *os.File) bool {
	found, errFound := os.Lstat(filepath.Join(path, lockFile))
	held, errHeld := lock.Stat()
	return errFound == nil && errHeld == nil && os.SameFile(found, held)
}

// own reports whether a file belongs to the user that this program runs as.
func own(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// Remove removes the directory. What cannot be removed now, the next run tries again.
func (d *Dir) Remove() error {
	err := empty(d.Path)
	if err == nil {
		err = os.Remove(filepath.Join(d.Path, lockFile))
	}
	if err == nil {
		err = syscall.Rmdir(d.Path)
		if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTEMPTY) {
			err = nil // another run has swept it already, or has made it anew
		}
	}
	return errors.Join(err, d.lock.Close())
}

// sweep removes the directories that killed runs of this user left behind. What it cannot remove stays, and is not in
// this run's way.
func sweep() {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !made.MatchString(entry.Name()) {
			continue
		}
		path := filepath.Join(os.TempDir(), entry.Name())
		if lock := openAbandoned(path); lock != nil {
			_ = (&Dir{Path: path, lock: lock}).Remove()
			continue
		}
		// A run that is killed between two steps leaves an empty directory. One that was just made is made again.
		if info, err := os.Lstat(path); err == nil && info.IsDir() && own(info) {
			_ = syscall.Rmdir(path)
		}
	}
}
