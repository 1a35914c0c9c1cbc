package page

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
)

// pack is one package with all its versions, the newest first.
type pack struct {
	name     string
	versions []version
}

// version is one version of a package, in one or several architectures.
type version struct {
	text  string
	built int64  // Unix time when the last of its files was built
	files []file // by architecture
}

type file struct {
	arch string
	*index.Entry
}

// merge puts together what the indexes list of each package. They are in order by name, and so is the result.
func merge(indexes []repository.ArchIndex) []*pack {
	var packages []*pack
	m := merger{indexes: indexes, next: make([]int, len(indexes))}
	for {
		name, found := m.first()
		if !found {
			return packages
		}
		packages = append(packages, m.take(name))
	}
}

// merger goes through the indexes side by side.
type merger struct {
	indexes  []repository.ArchIndex
	next     []int // entry of each
	versions []version
	files    []file
}

// first returns the name of the next package.
func (m *merger) first() (name string, found bool) {
	for i, x := range m.indexes {
		if n := m.next[i]; n < len(x.Entries) && (!found || x.Entries[n].Name < name) {
			name, found = x.Entries[n].Name, true
		}
	}
	return name, found
}

// take makes the package of that name of the entries that are next.
func (m *merger) take(name string) *pack {
	p := &pack{name: name, versions: one(&m.versions)}
	for i, x := range m.indexes {
		for ; m.next[i] < len(x.Entries) && x.Entries[m.next[i]].Name == name; m.next[i]++ {
			f := file{arch: x.Arch, Entry: &x.Entries[m.next[i]]}
			at := slices.IndexFunc(p.versions, func(v version) bool { return v.text == f.Version })
			if at < 0 {
				at = len(p.versions)
				p.versions = append(p.versions, version{text: f.Version, files: one(&m.files)})
			}
			v := &p.versions[at]
			v.built, v.files = max(v.built, f.BuildDate), append(v.files, f)
		}
	}
	slices.SortFunc(p.versions, func(a, b version) int {
		return cmp.Or(apk.Compare(b.text, a.text), strings.Compare(b.text, a.text))
	})
	return p
}

// one returns an empty list with room for one item, as most need; the room for many is made at once.
func one[T any](room *[]T) []T {
	const many = 1024
	if len(*room) == 0 {
		*room = make([]T, many)
	}
	list := (*room)[:0:1]
	*room = (*room)[1:]
	return list
}
