package apk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"runtime"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/internal/tree"
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

// contentSize returns the size of what follows the entry in the archive.
func (e *entry) contentSize() int64 {
	if e.regular() && e.hardlink == "" {
		return e.size
	}
	return 0
}

// inode reports whether two paths are one file.
type inode struct{ device, number uint64 }

// walk returns the tree in bytewise order of the paths, which puts parents first, some entries at a time.
func walk(ctx context.Context, t Tree) iter.Seq2[[]entry, error] {
	return func(yield func([]entry, error) bool) {
		paths, err := names(ctx, t.Dir)
		if err != nil {
			yield(nil, err)
			return
		}
		type looked struct {
			entries []entry
			err     error
		}
		look := func(entries []entry) looked { return looked{entries, lookAt(ctx, t, entries)} }
		links, total := hardLinks{}, int64(0)
		const several = 256
		for l := range ahead(runtime.GOMAXPROCS(0), slices.Chunk(paths, several), look) {
			if l.err == nil {
				l.err = errors.Join(links.link(l.entries), sum(l.entries, &total))
			}
			if !yield(l.entries, l.err) || l.err != nil {
				return
			}
		}
	}
}

// sum adds the sizes of the entries' contents, and refuses more than a reader takes.
func sum(entries []entry, total *int64) error {
	for _, e := range entries {
		if *total += e.contentSize(); *total > tree.MaxBytes {
			return fmt.Errorf("/%.80s: with it, the files have more than %d GiB", e.path, tree.MaxBytes>>30)
		}
	}
	return nil
}

// names lists the paths.
func names(ctx context.Context, dir *tree.Dir) ([]entry, error) {
	var entries []entry
	err := dir.Walk(ctx, func(e tree.Entry) error {
		entries = append(entries, entry{path: e.Path})
		return nil
	})
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return entries, err
}

// lookAt finds out what the entries are.
func lookAt(ctx context.Context, t Tree, entries []entry) error {
	cursor := t.Dir.Cursor()
	defer cursor.Close()
	for i := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := entries[i].look(t, cursor); err != nil {
			return err
		}
	}
	return nil
}

func (e *entry) look(t Tree, cursor *tree.Cursor) error {
	info, err := cursor.Lstat(e.path)
	if err != nil {
		return err
	}
	e.mode, e.bits, e.size, e.owner = info.Mode, modeBits(info.Mode), info.Size, Owner{User: root, Group: root}
	e.inode, e.links = inode{device: info.Device, number: info.Inode}, info.Links
	if e.mode&fs.ModeSymlink != 0 {
		if e.target, err = cursor.Readlink(e.path); err != nil {
			return err
		}
	}
	if t.Owner != nil {
		e.owner = t.Owner(e.path, info)
	}
	if err := CheckEntry(e.path, e.target, e.mode, e.size); err != nil {
		return err
	}
	if e.owner.User == "" || e.owner.Group == "" {
		return fmt.Errorf("/%s: it has no owner or group", strings.ToValidUTF8(e.path, "\uFFFD"))
	}
	return nil
}

// hardLinks knows the first path of each inode that has several.
type hardLinks map[inode]string

// link makes the first path of an inode the file and the others links to it.
func (first hardLinks) link(entries []entry) error {
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
			return fmt.Errorf(
				"/%s: it is the same symbolic link as /%s by a hard link, which apk cannot install; make it a separate symbolic link",
				e.path,
				other)
		}
		e.hardlink = other
	}
	return nil
}
