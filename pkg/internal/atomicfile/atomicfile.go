// Package atomicfile writes files that appear whole or not at all.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/flock"
)

// Prefix begins the names of files that are being written.
const Prefix = ".pakman-"

// Options say how a file is written.
type Options struct {
	Mode fs.FileMode // exactly this one; 0: 0666 without the bits of the umask
	New  bool        // replace no file: fs.ErrExist where the name is taken
	Sync bool        // the content, and then the name, are on disk before Commit returns
}

// Write makes the file at path of what fill writes. When it fails, what stood at path stays, and nothing else is left.
func Write(path string, o Options, fill func(*os.File) error) error {
	p, err := Create(path, o)
	if err != nil {
		return err
	}
	if err = fill(p.File); err == nil {
		err = p.Commit()
	}
	return errors.Join(err, p.Close())
}

// WriteBytes is Write for content in memory.
func WriteBytes(path string, content []byte, o Options) error {
	return Write(path, o, func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

// Nameless returns a temporary file in dir that has no name any more, so that even a killed program leaves nothing of it.
func Nameless(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, Prefix)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Pending is a file that is being written, under a hidden name beside the one that it is to have. It holds a lock on itself
// as long as its writer lives, see Abandoned.
type Pending struct {
	*os.File
	options   Options
	path      string
	synced    bool
	committed bool
}

// Create begins a file. The caller must call Close.
func Create(path string, o Options) (*Pending, error) {
	mode := o.Mode
	if mode == 0 {
		mode = 0o666
	}
	name := filepath.Join(filepath.Dir(path), Prefix+rand.Text())
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode) //#nosec G304 -- beside the file that is meant
	if err != nil {
		return nil, err
	}
	p := &Pending{File: f, options: o, path: path}
	if o.Mode != 0 {
		err = f.Chmod(o.Mode)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	_, _ = flock.Try(f, flock.Exclusive) // a file system without locks has no Abandoned files
	return p, nil
}

// Commit gives the file its final name.
func (p *Pending) Commit() error {
	if p.options.Sync && !p.synced {
		if err := p.Sync(); err != nil {
			return err
		}
	}
	if p.options.New {
		if err := os.Link(p.Name(), p.path); err != nil {
			return err
		}
	} else {
		if err := os.Rename(p.Name(), p.path); err != nil {
			return err
		}
		p.committed = true
	}
	if p.options.Sync {
		return SyncDir(filepath.Dir(p.path))
	}
	return nil
}

// Sync writes the content to the disk. Commit does so too where it has to and nobody did: a caller that commits under a lock
// calls Sync before it takes the lock. Nothing is written afterwards.
func (p *Pending) Sync() error {
	p.synced = true
	return p.File.Sync()
}

// Close closes the file, and removes its hidden name where it still has it.
func (p *Pending) Close() error {
	var err error
	if !p.committed {
		err = os.Remove(p.Name())
	}
	return errors.Join(err, p.File.Close())
}

// Abandoned reports whether the writer of a file with a hidden name has ended without closing it.
func Abandoned(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0) //#nosec G304 -- only its lock is looked at
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	free, err := flock.Try(f, flock.Exclusive)
	return err == nil && free
}

// SyncDir makes the names in a directory last through a crash of the machine. Some network file systems and some of FUSE know no
// such request for a directory: there, names last as well as the file system has them last.
func SyncDir(dir string) error {
	f, err := os.Open(dir) //#nosec G304 -- a directory
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
