package programs

import (
	"archive/tar"
	"path"
	"slices"
	"strings"
)

// HeadSize is how much of a file's beginning Add reads.
const HeadSize = 64 << 10

// Files are the entries of the packages of one build, by their paths on the machine, without the leading slash.
type Files struct {
	entries map[string]entry
	owners  map[owner]*owner // each once: most files have the same
}

// entry is one of them.
type entry struct {
	kind  byte // the tar archive's type flag
	mode  uint32
	owner *owner
	start *start // how the kernel starts the file; nil where it does not
	link  string // target
}

type owner struct{ user, group string }

// NewFiles returns an empty set of files.
func NewFiles() *Files {
	return &Files{entries: map[string]entry{}, owners: map[owner]*owner{}}
}

// Add adds an entry of a package, of which head is the beginning of its content.
func (f *Files) Add(h *tar.Header, head []byte) {
	e := entry{kind: h.Typeflag, mode: uint32(h.Mode) & 0o7777, link: h.Linkname}
	who := owner{h.Uname, h.Gname}
	if f.owners[who] == nil {
		f.owners[who] = &who
	}
	e.owner = f.owners[who]
	if h.Typeflag == tar.TypeReg && e.mode&anyExecute != 0 {
		e.start = newStart(head)
	}
	f.entries[strings.TrimSuffix(h.Name, "/")] = e
}

// Has reports whether there is an entry of that name.
func (f *Files) Has(name string) bool {
	_, found := f.entries[name]
	return found
}

// IsDirectory reports whether the entry of that name is a directory.
func (f *Files) IsDirectory(name string) bool { return f.entries[name].kind == tar.TypeDir }

// Names returns all names, sorted.
func (f *Files) Names() []string {
	names := make([]string, 0, len(f.entries))
	for name := range f.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// maxHops is how many symbolic links a kernel follows for one path.
const maxHops = 40

// follow returns the path to which the links of an absolute path lead, and the entry there, as far as the packages have
// it. The last path is empty where the links lead in a circle.
func (f *Files) follow(file string) (string, entry, bool) {
	at, rest := "", strings.TrimPrefix(path.Clean(file), "/")
	for hops := 0; ; {
		name, more, deeper := strings.Cut(rest, "/")
		next := path.Join(at, name)
		e, found := f.entries[next]
		switch {
		case !found && !deeper:
			return path.Join("/", next), entry{}, false
		case e.kind == tar.TypeSymlink:
			if hops++; hops > maxHops {
				return "", entry{}, false
			}
			target := e.link
			if !path.IsAbs(target) {
				target = path.Join("/", at, target)
			}
			at, rest = "", strings.TrimPrefix(path.Join(target, more), "/")
		case !deeper:
			if e.kind == tar.TypeLink {
				e = f.entries[strings.TrimSuffix(e.link, "/")]
			}
			return path.Join("/", next), e, true
		default:
			at, rest = next, more
		}
	}
}

// holds lists what a directory of the packages holds, directories with a slash behind their names.
func (f *Files) holds(dir string) []string {
	dir = strings.TrimPrefix(dir, "/") + "/"
	var names []string
	for name, e := range f.entries {
		if base, below := strings.CutPrefix(name, dir); below && !strings.Contains(base, "/") {
			if e.kind == tar.TypeDir {
				base += "/"
			}
			names = append(names, base)
		}
	}
	slices.Sort(names)
	return names
}

// called returns the executable files of that base name below a directory, those with the shortest paths first.
func (f *Files) called(base, dir string) []string {
	dir = strings.TrimPrefix(dir, "/") + "/"
	var found []string
	for name, e := range f.entries {
		if e.start != nil && path.Base(name) == base && strings.HasPrefix(name, dir) {
			found = append(found, "/"+name)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return found
}

const anyExecute = 0o111

// startable reports whether a user may execute the file. A group of another name may have the user as a member.
func (e entry) startable(user string) bool {
	const ownerBit, groupBit, otherBit = 0o100, 0o010, 0o001
	switch {
	case user == "" || user == "root":
		return e.mode&anyExecute != 0
	case e.owner.user == user:
		return e.mode&ownerBit != 0
	}
	return e.mode&(groupBit|otherBit) != 0
}
