package packages

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/usererror"
)

// set holds packages that can lie side by side in one repository, in the order of their file names.
type set []*Package

// add adds p unless the same content is there already. Different content under one file name is refused: the two would
// take each other's place.
func (s *set) add(p *Package) error {
	i, _ := slices.BinarySearchFunc(*s, p.Info.Filename(), func(other *Package, name string) int {
		return strings.Compare(other.Info.Filename(), name)
	})
	for _, other := range (*s)[i:] {
		if other.Info.Filename() != p.Info.Filename() {
			break
		}
		a, b := other.Info.Arch, p.Info.Arch
		if a != b && a != "noarch" && b != "noarch" {
			continue
		}
		if other.SHA256 != p.SHA256 {
			return usererror.Input(fmt.Errorf("%s and %s are both %s for %s, with different content: name only one of them", other.File,
				p.File, p.Info.Filename(), b))
		}
		return nil
	}
	*s = slices.Insert(*s, i, p)
	return nil
}

// Group is the packages that go to one repository.
type Group struct {
	Location repository.Location
	Packages []*Package
	Arches   []string // directories that they were found in
}

// ByRepository groups the packages by the repository whose layout they lie in, else fallback. A noarch package lies
// there once for each architecture; it counts once.
func (f *Found) ByRepository(fallback repository.Location) ([]*Group, error) {
	var groups []*Group
	for _, p := range f.Packages {
		location := p.Location
		if location == (repository.Location{}) {
			location = fallback
		}
		i := slices.IndexFunc(groups, func(g *Group) bool { return g.Location == location })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &Group{Location: location})
		}
		g := groups[i]
		if p.Location == location && !slices.Contains(g.Arches, p.Arch) {
			g.Arches = append(g.Arches, p.Arch)
		}
		if err := (*set)(&g.Packages).add(p); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// Arch is what the machines of one architecture are to get.
type Arch struct {
	Name     string
	Packages []*Package
	Indexes  []string // index files that were found
}

// ByArch groups the packages by the architecture of their directory (<arch>/<file>, in local repositories, in abuild's
// and in artifacts of either), else by their own. A noarch package that lies in no such directory is for all of them.
func (f *Found) ByArch() ([]*Arch, error) {
	arches := map[string]*Arch{}
	at := func(name string) *Arch {
		if arches[name] == nil {
			arches[name] = &Arch{Name: name, Indexes: f.indexes[name]}
		}
		return arches[name]
	}
	add := func(arch string, p *Package) error {
		own := *p // it may be signed again for one architecture and not for another
		return (*set)(&at(arch).Packages).add(&own)
	}
	for arch := range f.indexes {
		at(arch)
	}
	var everywhere []*Package
	for _, p := range f.Packages {
		arch := p.Info.Arch
		switch {
		case arch == "noarch" && p.Arch == "":
			everywhere = append(everywhere, p)
			continue
		case arch == "noarch":
			arch = p.Arch
		case !slices.Contains(apk.Arches(), arch) || p.Arch != "" && p.Arch != arch:
			return nil, usererror.Input(fmt.Errorf("%s: it is a package for %q in the directory of %s", p.File, arch, p.Arch))
		}
		if err := add(arch, p); err != nil {
			return nil, err
		}
	}
	names := slices.Sorted(maps.Keys(arches))
	if len(names) == 0 {
		names = recipe.DefaultTargets()
	}
	for _, p := range everywhere {
		for _, arch := range names {
			if err := add(arch, p); err != nil {
				return nil, err
			}
		}
	}
	var sorted []*Arch
	for _, name := range slices.Sorted(maps.Keys(arches)) {
		sorted = append(sorted, arches[name])
	}
	return sorted, nil
}
