// Package index reads and writes APKINDEX.tar.gz, the list of a repository's packages: a gzip
// member with signatures and one with a tar of DESCRIPTION and APKINDEX.
package index

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// Entry is one package's stanza.
type Entry struct {
	apk.Info
	Checksum string // C:
	FileSize int64  // S:
	// Noarch is that the package is for all architectures; Arch is the one of the index then. An
	// APKINDEX does not tell.
	Noarch bool
}

// Index is the content of an APKINDEX.tar.gz.
type Index struct {
	Description string
	Entries     []Entry // sorted by name, then version
}

// EntryOf returns the stanza of a package; arch, when not empty, replaces the package's (noarch).
func EntryOf(p *apk.Package, arch string) Entry {
	e := Entry{Info: p.Info, Checksum: p.Checksum, FileSize: p.FileSize, Noarch: p.Info.Arch == "noarch"}
	if arch != "" {
		e.Arch = arch
	}
	for _, list := range []*[]string{&e.Depends, &e.Provides, &e.InstallIf} {
		*list = canonicalList(*list)
	}
	return e
}

// Find returns the position of name at version, or -1.
func (x *Index) Find(name, version string) int {
	if i, found := x.search(name, version); found {
		return i
	}
	return -1
}

// Put adds e, in place of an entry of the same name and version.
func (x *Index) Put(e Entry) {
	i, found := x.search(e.Name, e.Version)
	if found {
		x.Entries[i] = e
		return
	}
	x.Entries = slices.Insert(x.Entries, i, e)
}

// Remove takes name at version out.
func (x *Index) Remove(name, version string) bool {
	i, found := x.search(name, version)
	if found {
		x.Entries = slices.Delete(x.Entries, i, i+1)
	}
	return found
}

// search finds the entry, or the place where it belongs.
func (x *Index) search(name, version string) (int, bool) {
	return sort.Find(len(x.Entries), func(i int) int {
		e := &x.Entries[i]
		return order(name, version, e.Name, e.Version)
	})
}

// sort is called often and has seldom anything to do. Entries are large: they are not passed by value to find that out.
func (x *Index) sort() {
	for i := 1; i < len(x.Entries); i++ {
		if x.compare(i-1, i) > 0 {
			x.reorder()
			return
		}
	}
}

// reorder sorts numbers of entries, and then moves each entry once. Entries that are equal keep their order.
func (x *Index) reorder() {
	from := make([]int, len(x.Entries)) // the entry that belongs in each place
	for i := range from {
		from[i] = i
	}
	slices.SortFunc(from, func(a, b int) int { return cmp.Or(x.compare(a, b), cmp.Compare(a, b)) })
	for start := range from {
		if from[start] == start {
			continue
		}
		first, at := x.Entries[start], start // one cycle of places that exchange their entries
		for ; from[at] != start; from[at], at = at, from[at] {
			x.Entries[at] = x.Entries[from[at]]
		}
		x.Entries[at], from[at] = first, at
	}
}

func (x *Index) compare(i, j int) int {
	a, b := &x.Entries[i], &x.Entries[j]
	return order(a.Name, a.Version, b.Name, b.Version)
}

// order compares by name, then by version. Different spellings of one version (1.0, 1.0_p) are kept apart.
func order(nameA, versionA, nameB, versionB string) int {
	if c := strings.Compare(nameA, nameB); c != 0 {
		return c
	}
	return cmp.Or(apk.Compare(versionA, versionB), strings.Compare(versionA, versionB))
}
