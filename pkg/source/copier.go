package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
)

// copier copies within two roots: no link in either leads it out of them.
type copier struct {
	dst, src *os.Root
	*content
}

// content is what is said of the files' content.
type content struct {
	keys  keyFiles     // never copied
	noted func(Note)   // takes what the copy lacks
	size  atomic.Int64 // of all files so far
}

// Bounds of what is copied, in bytes. Holes count, as they are read like data afterwards.
const (
	maxFile  = 8<<30 - 1 // apk reads sizes of eleven octal digits
	maxTotal = 64 << 30
)

func copyEntries(ctx context.Context, dst, src string, entries []entry, what *content) (err error) {
	c := copier{content: what}
	if c.src, err = os.OpenRoot(src); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.src.Close()) }()
	if c.dst, err = os.OpenRoot(dst); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.dst.Close()) }()
	if err := c.directories(entries); err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, b := range batches(entries) {
		if running.Err() != nil {
			break
		}
		group.Go(func() error { return c.copyBatch(running, b) })
	}
	return errors.Join(group.Wait(), ctx.Err())
}

// batch is files of one directory, which is opened once for all of them: in deep trees that is most of the work.
type batch struct {
	dir   string
	files []entry
}

// maxBatch shares the files of a large directory among several.
const maxBatch = 256

func batches(entries []entry) []batch {
	var all []batch
	last := map[string]int{} // by directory, the batch that is being filled
	for _, e := range entries {
		if e.dir {
			continue
		}
		dir := path.Dir(e.path)
		i, open := last[dir]
		if !open || len(all[i].files) == maxBatch {
			i = len(all)
			all = append(all, batch{dir: dir})
			last[dir] = i
		}
		all[i].files = append(all[i].files, e)
	}
	return all
}

func (c copier) copyBatch(ctx context.Context, b batch) (err error) {
	in := copier{content: c.content}
	if in.src, err = c.src.OpenRoot(b.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.src.Close()) }()
	if in.dst, err = c.dst.OpenRoot(b.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.dst.Close()) }()
	for _, e := range b.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := in.copy(e); err != nil {
			return err
		}
	}
	return nil
}

// directories makes the directories of all entries: with their own mode where the walk found them, else 0755.
func (c copier) directories(entries []entry) error {
	modes := map[string]fs.FileMode{}
	for _, e := range entries {
		for dir := path.Dir(e.path); dir != "." && modes[dir] == 0; dir = path.Dir(dir) {
			modes[dir] = 0o755
		}
		if !e.dir {
			continue
		}
		info, err := c.src.Lstat(e.path)
		if err != nil {
			return err
		}
		modes[e.path] = info.Mode().Perm() | 0o700
	}
	names := make([]string, 0, len(modes))
	for dir := range modes {
		names = append(names, dir)
	}
	slices.Sort(names)
	for _, dir := range names {
		if err := c.dst.Mkdir(dir, 0o700); err != nil {
			return err
		}
		if err := c.dst.Chmod(dir, modes[dir]); err != nil { // whatever the umask
			return err
		}
	}
	return nil
}

// copy copies one file or link of the directory that c stands in. What vanished since it was listed is left out.
func (c copier) copy(e entry) error {
	name := path.Base(e.path)
	info, err := c.src.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("copying %s: %w", e.path, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return c.link(e.path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is a %s: only files, directories and symbolic links can be packaged; %s", e.path, apk.Kind(info.Mode()),
			leaveItOut)
	}
	mode := info.Mode().Perm() | 0o400
	if e.tracked {
		mode = 0o644
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
	}
	if err := c.file(e.path, info, mode); err != nil {
		return fmt.Errorf("copying %s: %w", e.path, err)
	}
	return nil
}

const leaveItOut = "remove it, or leave it out with build.exclude or .pakmanignore"

// link copies a symbolic link as it is. An absolute one means a place on the machine where the package
// is installed; one that climbs out of the application would lead nowhere there.
func (c copier) link(name string) error {
	target, err := c.src.Readlink(path.Base(name))
	if err != nil {
		return err
	}
	if !path.IsAbs(target) && !filepath.IsLocal(path.Join(path.Dir(name), target)) {
		return fmt.Errorf("the link %s leads to %s, outside the application, where nothing is packaged; put the file itself there, or "+
			"leave the link out with build.exclude or .pakmanignore", name, target)
	}
	return c.dst.Symlink(target, path.Base(name))
}

// file copies a file, and never shares an inode with the original: the build may write to its copy. What took the file's
// place since it was looked at is not read, and nothing waits for the other end of a named pipe.
func (c copier) file(file string, seen fs.FileInfo, mode fs.FileMode) (err error) {
	name := path.Base(file)
	in, err := c.src.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(seen, info) || !info.Mode().IsRegular() {
		return errors.New("it was replaced while it was read: build again when nothing changes the sources")
	}
	secret, err := c.keys.is(in, info)
	if err != nil {
		return err
	}
	if secret {
		c.noted(Note{KeyLeft, file})
		return nil
	}
	if isPointer(in, info.Size()) {
		c.noted(Note{Pointer, file})
	}
	switch total := c.size.Add(info.Size()); {
	case info.Size() > maxFile:
		return fmt.Errorf("it has %d bytes, more than the %d that a package can hold of one file; %s", info.Size(), int64(maxFile),
			leaveItOut)
	case total > maxTotal:
		return fmt.Errorf("with it the sources have more than %d GiB, the maximum for a build; %s", maxTotal>>30, leaveItOut)
	}
	out, err := c.dst.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := copyContent(out, in, info.Size()); err != nil {
		return err
	}
	return out.Chmod(mode)
}
