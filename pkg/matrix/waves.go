package matrix

import (
	"slices"
	"strings"

	"github.com/pakman/build/pkg/config"
)

// graph is which application needs which other, by index.
type graph [][]int

// needs finds the applications whose packages are among the dependencies that of names.
func needs(all []Application, of func(Application) []string) graph {
	provider := map[string]int{}
	for i, a := range all {
		for _, name := range a.Provides {
			provider[bare(name)] = i
		}
	}
	g := make(graph, len(all))
	for i, a := range all {
		for _, dependency := range of(a) {
			if other, ok := provider[bare(dependency)]; ok && other != i && !strings.HasPrefix(dependency, "!") &&
				!slices.Contains(g[i], other) {
				g[i] = append(g[i], other)
			}
		}
	}
	return g
}

// bare is a dependency's name without a version and a pinned repository.
func bare(dependency string) string {
	if i := strings.IndexAny(dependency, "<>=~@"); i >= 0 {
		return dependency[:i]
	}
	return dependency
}

// order assigns each application its wave: behind all that it needs.
func order(all []Application) ([]int, error) {
	g := needs(all, func(a Application) []string { return slices.Concat(a.Build, a.Runtime) })
	waves := make([]int, len(all))
	for i := range waves {
		waves[i] = unknown
	}
	for i := range all {
		if circle := g.place(i, waves, nil); circle != nil {
			return nil, circleFault(all, circle)
		}
	}
	return waves, nil
}

const unknown = -1

// place finds the wave of i, and those of what it needs. It returns the circle that leads back to where the path began,
// if there is one.
func (g graph) place(i int, waves, path []int) []int {
	if at := slices.Index(path, i); at >= 0 {
		return path[at:]
	}
	if waves[i] != unknown {
		return nil
	}
	path = append(path, i)
	wave := 0
	for _, other := range g[i] {
		if circle := g.place(other, waves, path); circle != nil {
			return circle
		}
		wave = max(wave, waves[other]+1)
	}
	waves[i] = wave
	return nil
}

// circleFault names the files that wait for each other.
func circleFault(all []Application, circle []int) error {
	var files, names []string
	for _, i := range circle {
		files = append(files, all[i].Pos("").File)
		names = append(names, all[i].Name)
	}
	names = append(names, names[0])
	return config.Faults{{
		Pos: all[circle[0]].Pos("dependencies"), Key: "dependencies",
		Message: "the packages need each other in a circle, " + strings.Join(names, " → ") + ", so none can be built first (" +
			strings.Join(files, ", ") + ")",
		Hint: "Take one of the dependencies out",
	}}
}

// Affected returns the applications that changed, and those that are built with one of them. Its error is that of New for
// packages that need each other in a circle.
func Affected(all []Application, changed func(Application) bool) ([]Application, error) {
	if _, err := order(all); err != nil {
		return nil, err
	}
	g := needs(all, func(a Application) []string { return a.Build })
	known, affected := make([]bool, len(all)), make([]bool, len(all))
	var visit func(int) bool
	visit = func(i int) bool {
		if known[i] {
			return affected[i]
		}
		known[i], affected[i] = true, changed(all[i])
		for _, other := range g[i] {
			affected[i] = visit(other) || affected[i]
		}
		return affected[i]
	}
	var some []Application
	for i, a := range all {
		if visit(i) {
			some = append(some, a)
		}
	}
	return some, nil
}
