package page

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
)

// pack is one package with all its versions, the newest first.
type pack struct {
	name     string
	versions []*version
}

// version is one version of a package, in one or several architectures.
type version struct {
	text  string
	files []file // by architecture
}

type file struct {
	arch string
	*index.Entry
}

// built is when the last of the version's files was built.
func (v *version) built() time.Time {
	var newest int64
	for _, f := range v.files {
		newest = max(newest, f.BuildDate)
	}
	return time.Unix(newest, 0).UTC()
}

// merge puts together what the indexes list of each package. The indexes are in order, and so is the result: by name.
func merge(indexes []repository.ArchIndex) []*pack {
	byName := map[string]*pack{}
	var packages []*pack
	for _, x := range indexes {
		for i := range x.Entries {
			e := &x.Entries[i]
			p := byName[e.Name]
			if p == nil {
				p = &pack{name: e.Name}
				byName[e.Name] = p
				packages = append(packages, p)
			}
			p.add(file{arch: x.Arch, Entry: e})
		}
	}
	slices.SortFunc(packages, func(a, b *pack) int { return strings.Compare(a.name, b.name) })
	for _, p := range packages {
		slices.SortFunc(p.versions, func(a, b *version) int {
			return cmp.Or(apk.Compare(b.text, a.text), strings.Compare(b.text, a.text))
		})
	}
	return packages
}

func (p *pack) add(f file) {
	for _, v := range p.versions {
		if v.text == f.Version {
			v.files = append(v.files, f)
			return
		}
	}
	p.versions = append(p.versions, &version{text: f.Version, files: []file{f}})
}

// newest gives the n packages that were built last, by name.
func newest(packages []*pack, n int) []*pack {
	if len(packages) <= n {
		return packages
	}
	chosen := slices.Clone(packages)
	slices.SortStableFunc(chosen, func(a, b *pack) int { return b.versions[0].built().Compare(a.versions[0].built()) })
	chosen = chosen[:n]
	slices.SortFunc(chosen, func(a, b *pack) int { return strings.Compare(a.name, b.name) })
	return chosen
}

// example names the package that the command shows: the one that was built last, and of several what is no subpackage.
func example(packages []*pack) string {
	rank := func(p *pack) int64 {
		f := p.versions[0].files[0]
		if f.Origin == "" || f.Origin == f.Name {
			return 2*f.BuildDate + 1
		}
		return 2 * f.BuildDate
	}
	return slices.MaxFunc(packages, func(a, b *pack) int { return cmp.Compare(rank(a), rank(b)) }).name
}

// summary is what the page says of the repository as a whole.
type summary struct {
	Packages, Versions int
	Size               int64 // of all files
	Arches             []string
	Built              time.Time // the last of all
}

func summarize(indexes []repository.ArchIndex, packages []*pack) summary {
	s := summary{Packages: len(packages)}
	for _, x := range indexes {
		s.Arches = append(s.Arches, x.Arch)
	}
	for _, p := range packages {
		s.Versions += len(p.versions)
		for _, v := range p.versions {
			for _, f := range v.files {
				s.Size += f.FileSize
			}
			if t := v.built(); t.After(s.Built) {
				s.Built = t
			}
		}
	}
	return s
}
