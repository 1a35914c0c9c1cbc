package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/source"
)

// copyNotes collects what a copy of the sources lacks.
type copyNotes struct {
	mu    sync.Mutex
	names map[source.NoteKind][]string
}

func (c *copyNotes) add(n source.Note) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = map[source.NoteKind][]string{}
	}
	c.names[n.Kind] = append(c.names[n.Kind], n.Name)
}

// show says what the copy lacks; pos is the file that describes the application.
func (c *copyNotes) show(pos config.Pos, out console.Console) {
	for _, names := range c.names {
		slices.Sort(names)
	}
	for _, name := range c.names[source.KeyLeft] {
		out.Info("%q holds the signing key and stays out of the build: keep the key outside of the application's directory", name)
	}
	warn := func(names []string, one, several, hint string) {
		what := one
		if len(names) > 1 {
			what = several
		}
		if len(names) > 0 {
			out.Warn(config.Fault{Pos: pos, Warning: true, Message: first(names) + " " + what,
				Hint: hint + ", or name what the build does not need in .pakmanignore"})
		}
	}
	warn(c.names[source.Pointer], "is a pointer of Git LFS, and not the file that it stands for",
		"are pointers of Git LFS, and not the files that they stand for",
		"In a workflow, give actions/checkout the line `lfs: true`; elsewhere run `git lfs pull`")
	warn(c.names[source.Unfetched], "is a submodule without its files", "are submodules without their files",
		"In a workflow, give actions/checkout the line `submodules: true`; elsewhere run `git submodule update --init`")
}

// first lists names, and of many the first ones.
func first(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
