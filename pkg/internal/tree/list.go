package tree

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// What a tree may have at most. More is refused with the name of the directory or file.
const (
	MaxEntries = 1_000_000 // of the whole tree
	MaxDepth   = 200       // directories in directories
	MaxName    = 4000      // bytes of a path; apk takes up to 4,095
	MaxBytes   = 64 << 30  // of all files, as readers of packages take them
)

// Entry is a name of a tree.
type Entry struct {
	Path string      // relative, with slashes
	Type fs.FileMode // its type bits
}

// List returns all that lies beneath the directory, in bytewise order of the paths, which puts parents first.
func (d *Dir) List(ctx context.Context) ([]Entry, error) {
	var all []Entry
	add := func(e Entry) error {
		all = append(all, e)
		return nil
	}
	if err := d.Walk(ctx, add); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// Walk calls fn for all that lies beneath the directory, each directory before what is in it.
func (d *Dir) Walk(ctx context.Context, fn func(Entry) error) error {
	count := 0
	for dirs := []string{"."}; len(dirs) > 0; {
		dir := dirs[len(dirs)-1]
		dirs = dirs[:len(dirs)-1]
		prefix := dir + "/"
		if dir == "." {
			prefix = ""
		}
		err := d.entries(dir, func(entry fs.DirEntry) error {
			e := Entry{Path: prefix + entry.Name(), Type: entry.Type()}
			if count++; count > d.limit() {
				return d.tooMany(dir)
			}
			if len(e.Path) > MaxName {
				return fmt.Errorf("/%.80s…: the path has more than %d bytes; shorten it", e.Path, MaxName)
			}
			if entry.IsDir() {
				dirs = append(dirs, e.Path)
			}
			return fn(e)
		})
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && strings.Count(dir, "/") >= MaxDepth {
			err = fmt.Errorf("/%.80s…: directories are nested more than %d levels deep; remove them, or package them as an archive",
				dir, MaxDepth)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Dir) limit() int { return cmp.Or(d.most, MaxEntries) }

func (d *Dir) tooMany(dir string) error {
	return fmt.Errorf("/%s: the tree has more than %d files and directories; package them as an archive",
		strings.TrimPrefix(dir, "."), d.limit())
}
