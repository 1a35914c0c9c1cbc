package page

import (
	"cmp"
	"html/template"
	"slices"

	"github.com/pakman/build/pkg/repository"
)

// newest returns the n packages that were built last, and the others. Of those of one time the first by name are others.
func newest(packages []*pack, n int) (chosen, others []*pack) {
	if len(packages) <= n {
		return packages, nil
	}
	times := make([]int64, len(packages))
	for i, p := range packages {
		times[i] = p.versions[0].built
	}
	slices.Sort(times)
	since := times[len(times)-n]
	before, _ := slices.BinarySearch(times, since)
	surplus := len(times) - n - before // of those of that time
	chosen, others = make([]*pack, 0, n), make([]*pack, 0, len(packages)-n)
	for _, p := range packages {
		built := p.versions[0].built
		if built > since || built == since && surplus <= 0 {
			chosen = append(chosen, p)
			continue
		}
		others = append(others, p)
		if built == since {
			surplus--
		}
	}
	return chosen, others
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
