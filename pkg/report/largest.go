package report

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// How many directories are named, and which part of the whole one must hold to be.
const (
	mostDirectories = 8
	leastShare      = 100 // a hundredth
)

// folder is a directory on the way.
type folder struct {
	path   string
	direct int64 // size of its own files
	total  int64 // with those below
	below  []*folder
}

// LargestDirectories says where the bytes of a package are: its files' sizes by their paths from the root, in
// directories of which none lies in another, as deep as a few of them allow. What they leave out is in the last one,
// without a path.
func LargestDirectories(files map[string]int64) []Directory {
	root := tree(files)
	found := []*folder{root}
	for {
		i, parts := widest(found)
		if i < 0 {
			break
		}
		found = slices.Replace(found, i, i+1, parts...)
	}
	slices.SortFunc(found, largestFirst)
	var named []Directory
	rest := root.total
	for _, f := range found {
		if f.total > 0 && f.total >= root.total/leastShare {
			named = append(named, Directory{Path: f.path, Size: f.total})
			rest -= f.total
		}
	}
	if rest > 0 {
		named = append(named, Directory{Size: rest})
	}
	return named
}

func largestFirst(a, b *folder) int {
	return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.path, b.path))
}

// tree sums the files up.
func tree(files map[string]int64) *folder {
	folders := map[string]*folder{}
	var at func(dir string) *folder
	at = func(dir string) *folder {
		f := folders[dir]
		if f == nil {
			f = &folder{path: dir}
			folders[dir] = f
			if dir != "/" {
				above := at(path.Dir(dir))
				above.below = append(above.below, f)
			}
		}
		return f
	}
	root := at("/")
	for name, size := range files {
		dir := path.Dir(path.Join("/", name))
		at(dir).direct += size
		for ; ; dir = path.Dir(dir) {
			at(dir).total += size
			if dir == "/" {
				break
			}
		}
	}
	return root
}

// widest returns the largest of the folders that can be told apart into what lies in them, and its parts.
func widest(found []*folder) (index int, parts []*folder) {
	index = -1
	for i, f := range found {
		p := f.parts()
		fits := len(p) > 0 && len(found)-1+len(p) <= mostDirectories
		if fits && (index < 0 || largestFirst(f, found[index]) < 0) {
			index, parts = i, p
		}
	}
	return index, parts
}

// parts returns the directories in f and, as one more, f's own files; none if it holds only files.
func (f *folder) parts() []*folder {
	if len(f.below) == 0 {
		return nil
	}
	parts := slices.Clone(f.below)
	if f.direct > 0 {
		parts = append(parts, &folder{path: f.path, direct: f.direct, total: f.direct})
	}
	return parts
}

// others is how what has no path is called.
const others = "(elsewhere)"

func (d Directory) name() string {
	if strings.TrimSpace(d.Path) == "" {
		return others
	}
	return d.Path
}
