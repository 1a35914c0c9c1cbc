package page

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

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
	next := make([]int, len(indexes)) // entry of each
	for {
		name, found := "", false
		for i, x := range indexes {
			if n := next[i]; n < len(x.Entries) && (!found || x.Entries[n].Name < name) {
				name, found = x.Entries[n].Name, true
			}
		}
		if !found {
			return packages
		}
		p := &pack{name: name}
		for i, x := range indexes {
			for ; next[i] < len(x.Entries) && x.Entries[next[i]].Name == name; next[i]++ {
				p.add(file{arch: x.Arch, Entry: &x.Entries[next[i]]})
			}
		}
		slices.SortFunc(p.versions, func(a, b *version) int {
			return cmp.Or(apk.Compare(b.text, a.text), strings.Compare(b.text, a.text))
		})
		packages = append(packages, p)
	}
}

func (p *pack) add(f file) {
	i := slices.IndexFunc(p.versions, func(v *version) bool { return v.text == f.Version })
	if i < 0 {
		i = len(p.versions)
		p.versions = append(p.versions, &version{text: f.Version})
	}
	v := p.versions[i]
	v.built, v.files = max(v.built, f.BuildDate), append(v.files, f)
}

// newest gives the n packages that were built last. Of those of one time it leaves out the first by name.
func newest(packages []*pack, n int) []*pack {
	if len(packages) <= n {
		return packages
	}
	times := make([]int64, len(packages))
	for i, p := range packages {
		times[i] = p.versions[0].built
	}
	slices.Sort(times)
	since := times[len(times)-n]
	before, _ := slices.BinarySearch(times, since)
	surplus := len(times) - n - before // of those of that time
	chosen := make([]*pack, 0, n)
	for _, p := range packages {
		switch built := p.versions[0].built; {
		case built < since:
		case built == since && surplus > 0:
			surplus--
		default:
			chosen = append(chosen, p)
		}
	}
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
	Built              template.HTML // the last of all
}

func summarize(indexes []repository.ArchIndex, packages []*pack) summary {
	s := summary{Packages: len(packages)}
	var built int64
	for _, x := range indexes {
		s.Arches = append(s.Arches, x.Arch)
	}
	for _, p := range packages {
		s.Versions += len(p.versions)
		for _, v := range p.versions {
			for _, f := range v.files {
				s.Size += f.FileSize
			}
			built = max(built, v.built)
		}
	}
	s.Built = moment(built)
	return s
}
