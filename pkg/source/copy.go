package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// ignoreFile holds an application's own patterns, in gitignore(5) syntax.
const ignoreFile = ".pakmanignore"

// CopyOptions says what stays out of the copy.
type CopyOptions struct {
	Output  string              // the output directory, left out when it lies inside dir
	Exclude []string            // gitignore patterns, besides .pakmanignore
	KeepGit bool                // .git too, but without its configuration and hooks: they may hold tokens
	Getenv  func(string) string // the environment that git is found by; nil: the process's own
}

// Copy copies the checkout at src to dst, which must be absent or empty, without .git, what git ignores and what
// .pakmanignore names; a pattern with "!" there takes in what git ignores. Symbolic links are kept. Files that git tracks get
// mode 0644 or 0755, whatever the umask of the checkout; others keep theirs. Times are not kept. When it fails,
// dst is gone.
func Copy(ctx context.Context, dst, src string, o CopyOptions) (err error) {
	src, err = resolve(src)
	if err != nil {
		return err
	}
	if err := prepare(dst); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dst))
		}
	}()
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	g := findGit(o.Getenv)
	r, err := readRules(src, ignoreFile, "")
	if err != nil {
		return err
	}
	r = append(r, parseRules("", strings.Join(o.Exclude, "\n"))...)
	entries, err := list(ctx, g, src, r, inside(src, o.Output, dst))
	if err != nil {
		return err
	}
	if err := copyEntries(ctx, dst, src, entries); err != nil {
		return err
	}
	if o.KeepGit {
		return g.keep(ctx, dst, src)
	}
	return nil
}

// prepare makes the directory dst.
func prepare(dst string) error {
	if err := os.MkdirAll(dst, 0o755); err != nil { //#nosec G301 -- the build's user reads it
		return err
	}
	found, err := os.ReadDir(dst)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%s is not empty", dst)
	}
	return err
}

// inside gives those of the directories that lie below src, as slash paths relative to it.
func inside(src string, dirs ...string) []string {
	var found []string
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		dir, err := filepath.Abs(dir)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		if name, err := filepath.Rel(src, dir); err == nil && name != "." && filepath.IsLocal(name) {
			found = append(found, filepath.ToSlash(name))
		}
	}
	return found
}

// copier copies within two roots: no link in either leads it out of them.
type copier struct{ dst, src *os.Root }

func copyEntries(ctx context.Context, dst, src string, entries []entry) (err error) {
	var c copier
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
	for _, e := range entries {
		if running.Err() != nil {
			break
		}
		if !e.dir {
			group.Go(func() error { return c.copy(running, e) })
		}
	}
	return errors.Join(group.Wait(), ctx.Err())
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

// copy copies one file or link. What vanished since it was listed is left out.
func (c copier) copy(ctx context.Context, e entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := c.src.Lstat(e.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return c.link(e.path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is a %s: only files, directories and symbolic links can be packaged; %s", e.path, kind(info.Mode()), leaveItOut)
	}
	mode := info.Mode().Perm() | 0o400
	if e.tracked {
		mode = 0o644
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
	}
	return c.file(e.path, mode)
}

const leaveItOut = "remove it, or leave it out with build.exclude or .pakmanignore"

// kind names what is neither file, directory nor link.
func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}

// link copies a symbolic link as it is. An absolute one means a place on the machine where the package
// is installed; one that climbs out of the application would lead nowhere there.
func (c copier) link(name string) error {
	target, err := c.src.Readlink(name)
	if err != nil {
		return err
	}
	if !path.IsAbs(target) && !filepath.IsLocal(path.Join(path.Dir(name), target)) {
		return fmt.Errorf("the link %s leads to %s, outside the application, where nothing is packaged; put the file itself there, or leave the link out with build.exclude or .pakmanignore", name, target)
	}
	return c.dst.Symlink(target, name)
}

// file copies content within the kernel where the system can, and never shares an inode with the original:
// the build may write to its copy.
func (c copier) file(name string, mode fs.FileMode) (err error) {
	in, err := c.src.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := c.dst.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("copying %s: %w", name, err)
	}
	return out.Chmod(mode)
}
