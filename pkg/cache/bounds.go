package cache

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pakman/build/pkg/internal/tree"
)

// bounds count what an archive holds. Packing and unpacking have the same, so that no archive is saved which nobody can restore.
type bounds struct {
	limit   int64 // bytes of all files
	size    int64
	entries int
}

// entry counts a file, a directory or a link.
func (b *bounds) entry() error {
	if b.entries >= tree.MaxEntries {
		return fmt.Errorf("there are more than %d files", tree.MaxEntries)
	}
	b.entries++
	return nil
}

// file counts the bytes of a file.
func (b *bounds) file(size int64) error {
	if size < 0 || size > b.limit-b.size {
		return fmt.Errorf("there are more than %d MiB of files", b.limit>>20)
	}
	b.size += size
	return nil
}

// fits reports whether an entry of an archive may have the name, which begins with that of a repository's directory.
func fits(name string) bool {
	return fs.ValidPath(name) && len(name) <= tree.MaxName && strings.Count(name, "/") <= tree.MaxDepth
}

// stays reports whether a link at name leads to a place of the same tree, whatever other links of the tree are on its way: `..` is
// only at the target's beginning, where it leaves real directories, and never leaves what a link may have led to.
func stays(name, target string) bool {
	if target == "" || path.IsAbs(target) || !utf8.ValidString(target) {
		return false
	}
	elements := slices.DeleteFunc(strings.Split(target, "/"), func(e string) bool { return e == "" || e == "." })
	up := 0
	for up < len(elements) && elements[up] == ".." {
		up++
	}
	return up <= strings.Count(name, "/") && !slices.Contains(elements[up:], "..")
}
