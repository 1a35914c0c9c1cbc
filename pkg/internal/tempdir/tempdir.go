// Package tempdir makes temporary directories that do not outlive the program for long: the next run removes what a
// killed one left behind.
//
// Each directory holds a file that its program keeps locked. The kernel releases the lock when the program ends, however
// it ends, so a directory whose lock is free belongs to nobody any more. A directory without that file was not made
// here and is never touched.
package tempdir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	// prefix begins the names of all temporary directories.
	prefix = "pakman"
	// lockFile is the file that is locked.
	lockFile = ".pakman.lock"
)

// Dir is a temporary directory of this program.
type Dir struct {
	Path string // absolute, without symbolic links
	lock *os.File
}

// New makes a directory, mode 0700, below the system's directory for temporary files.
func New() (*Dir, error) {
	for {
		path, err := os.MkdirTemp("", prefix+"-")
		if err != nil {
			return nil, err
		}
		d, err := claim(path)
		if !errors.Is(err, errTaken) {
			return d, err
		}
	}
}

// NewFixed makes a directory like New, but at the same path every time: programs write down where they run, and only
// with the same path do two builds of the same sources give the same bytes. The path is reused when the run that had it
// was killed. While another run holds it, or anything else stands there, the directory has a name of its own.
func NewFixed() (*Dir, error) {
	path := filepath.Join(os.TempDir(), prefix)
	switch err := os.Mkdir(path, 0o700); {
	case err == nil:
		if d, err := claim(path); !errors.Is(err, errTaken) {
			return d, err
		}
	case errors.Is(err, fs.ErrExist):
		if d := takeOver(path); d != nil {
			return d, nil
		}
	default:
		return nil, err
	}
	return New()
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
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil || !names(path, lock) {
		return nil, errors.Join(errTaken, lock.Close())
	}
	return &Dir{Path: path, lock: lock}, nil
}

// takeOver empties and locks a directory that a killed run left behind; nil when it is anything else.
func takeOver(path string) *Dir {
	lock := openAbandoned(path)
	if lock == nil {
		return nil
	}
	path, err := filepath.EvalSymlinks(path)
	if err == nil {
		err = empty(path)
	}
	if err == nil {
		err = os.Chmod(path, 0o700) //#nosec G302 -- a directory
	}
	if err == nil && names(path, lock) {
		return &Dir{Path: path, lock: lock}
	}
	_ = lock.Close()
	return nil
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
	if info, err = lock.Stat(); err == nil && info.Mode().IsRegular() && own(info) &&
		syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && names(path, lock) {
		return lock
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
		err = errors.Join(os.Remove(filepath.Join(d.Path, lockFile)), os.Remove(d.Path))
	}
	return errors.Join(err, d.lock.Close())
}

// Sweep removes the directories that killed runs of this user left behind. What it cannot remove it leaves: it is not
// in this run's way.
func Sweep() {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return
	}
	for _, entry := range entries {
		if name := entry.Name(); name != prefix && !strings.HasPrefix(name, prefix+"-") {
			continue
		}
		path := filepath.Join(os.TempDir(), entry.Name())
		if lock := openAbandoned(path); lock != nil {
			_ = (&Dir{Path: path, lock: lock}).Remove()
		}
	}
}
