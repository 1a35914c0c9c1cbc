package apk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// entry is one path of a tree.
type entry struct {
	path     string // relative, with slashes, without a trailing one
	mode     fs.FileMode
	bits     uint32 // permission bits with setuid, setgid and sticky
	size     int64
	hardlink string // the path that holds the content, when it is another
	target   string // of a symbolic link
	owner    Owner
	inode    inode
	links    uint64
}

func (e *entry) regular() bool { return e.mode.IsRegular() }

// inode tells whether two paths are one file.
type inode struct{ device, number uint64 }

// walk lists the tree in bytewise order of the paths, which puts parents first. It knows the
// whole list before the first file is read, since hard links refer to the first path in that order.
func walk(ctx context.Context, tree Tree) ([]entry, error) {
	var entries []entry
	err := filepath.WalkDir(tree.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(tree.Root, path)
		if err != nil {
			return err
		}
		if rel == "." {
			if !d.IsDir() {
				return fmt.Errorf("%s is not a directory", path)
			}
			return nil
		}
		e, err := newEntry(tree, path, filepath.ToSlash(rel), d)
		if err != nil {
			return err
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return entries, linkHardLinks(entries)
}

func newEntry(tree Tree, path, rel string, d fs.DirEntry) (entry, error) {
	info, err := d.Info()
	if err != nil {
		return entry{}, err
	}
	e := entry{path: rel, mode: info.Mode(), size: info.Size(), owner: Owner{User: root, Group: root}}
	e.stat(info)
	if e.mode&fs.ModeSymlink != 0 {
		if e.target, err = os.Readlink(path); err != nil {
			return entry{}, err
		}
	}
	if tree.Owner != nil {
		e.owner = tree.Owner(rel, info)
	}
	if err := e.check(); err != nil {
		return entry{}, fmt.Errorf("/%s: %w", strings.ToValidUTF8(rel, "\uFFFD"), err)
	}
	return e, nil
}

// check refuses what apk would install wrongly or not at all.
func (e *entry) check() error {
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	switch {
	case strings.IndexFunc(e.path, control) >= 0:
		return fmt.Errorf("the name %q has a control character, and apk would not install it; rename it", e.path)
	case strings.IndexFunc(e.target, control) >= 0:
		return fmt.Errorf("it links to %q, which has a control character", e.target)
	case strings.HasPrefix(e.path, "."):
		return errors.New("apk does not install names in the root directory that begin with a dot")
	case e.owner.User == "" || e.owner.Group == "":
		return errors.New("it has no owner or group")
	case !e.regular() && !e.mode.IsDir() && e.mode&fs.ModeSymlink == 0:
		return fmt.Errorf("it is a %s; a package holds files, directories and links only", kind(e.mode))
	}
	return nil
}

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

// linkHardLinks makes the first path of an inode the file and the others links to it.
func linkHardLinks(entries []entry) error {
	first := map[inode]string{}
	for i := range entries {
		e := &entries[i]
		if e.links < 2 || e.mode.IsDir() {
			continue
		}
		other, seen := first[e.inode]
		if !seen {
			first[e.inode] = e.path
			continue
		}
		if !e.regular() {
			return fmt.Errorf("/%s: it is the same symbolic link as /%s by a hard link, which apk cannot install; make it a link of its own", e.path, other)
		}
		e.hardlink = other
	}
	return nil
}
