package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/console"
)

// debugPlan shows what is decided before the build.
func debugPlan(p *Plan, with toolset, out console.Console) {
	r := p.Recipe
	packages := []string{r.Name}
	for _, sub := range r.Subpackages {
		packages = append(packages, sub.Name)
	}
	file := "its APKBUILD"
	if !p.Own {
		file = p.Config.Path
	}
	console.Debug(out, "plan: %s %s-r%d from %s for %s, Alpine %s, repository %s, builder %s, commit %s; packages: %s; "+
		"needs for the build: %s; depends on: %s", r.Name, r.Version, r.Release, file, with.arch, r.Branch, r.Repository,
		with.builder.Name(), cmp.Or(r.Commit, "unknown"), strings.Join(packages, " "),
		words(slices.Concat(r.MakeDepends, r.CheckDepends)), words(r.Depends))
}

// debugEnvironment shows the names of the variables that the build gets. Their values may be secret.
func debugEnvironment(p *Plan, job builder.Job, out console.Console) {
	names := slices.Collect(maps.Keys(p.Recipe.BuildEnv))
	for _, variable := range job.Environment("/home") {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	console.Debug(out, "the build's environment: %s", strings.Join(slices.Compact(names), " "))
}

func words(list []string) string { return cmp.Or(strings.Join(list, " "), "nothing") }

// shortDigest is enough of a digest to tell two of a log apart.
func shortDigest(digest string) string { return digest[:min(len(digest), 12)] }
