package matrix

import (
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
)

// graph lists, for each application, the indexes of the applications that it needs.
type graph [][]int

// needs returns the graph of the dependencies that of returns.
func needs(all []Application, of func(Application) []string) graph {
	provider := map[string]int{}
	for i, a := range all {
		for _, name := range a.Provides {
			provider[apk.DependencyName(name)] = i
		}
	}
	g := make(graph, len(all))
	for i, a := range all {
		for _, dependency := range of(a) {
			if other, ok := provider[apk.DependencyName(dependency)]; ok && other != i && !strings.HasPrefix(dependency, "!") &&
				!slices.Contains(g[i], other) {
				g[i] = append(g[i], other)
			}
		}
	}
	return g
}

// order returns the wave of each application, which is after the waves of all applications that it needs.
func order(all []Application) ([]int, error) {
	g := needs(all, func(a Application) []string { return slices.Concat(a.Build, a.Runtime) })
	waves := make([]int, len(all))
	for i := range waves {
		waves[i] = unknown
	}
	for i := range all {
		if cycle := g.place(i, waves, nil); cycle != nil {
			return nil, cycleFault(all, cycle)
		}
	}
	return waves, nil
}

const unknown = -1

// place computes the wave of i and of the applications that it needs. It returns the cycle that leads back to a member of path,
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
		if cycle := g.place(other, waves, path); cycle != nil {
			return cycle
		}
		wave = max(wave, waves[other]+1)
	}
	waves[i] = wave
	return nil
}

// cycleFault returns a fault that names the files in the cycle.
func cycleFault(all []Application, cycle []int) error {
	var files, names []string
	for _, i := range cycle {
		files = append(files, all[i].Pos("").File)
		names = append(names, all[i].Name)
	}
	names = append(names, names[0])
	return config.Faults{{
		Pos: all[cycle[0]].Pos("dependencies"), Key: "dependencies",
		Message: "the packages depend on each other in a cycle, " + strings.Join(names, " → ") + ", so none can be built first (" +
			strings.Join(files, ", ") + ")",
		Hint: "Remove one of the dependencies",
	}}
}

// Affected returns the applications that changed, and those whose build uses one of them. It returns the same error as New if
// packages depend on each other in a cycle.
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
