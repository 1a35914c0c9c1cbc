package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/usererror"
)

// checkShared refuses a file that two applications of one run install for the same release of Alpine: apk installs only one of
// the two, unless one names the other in replaces. Those that conflict are not installed together.
func checkShared(made []*built) error {
	var failures usererror.Failures
	owners := map[string][]*built{} // by the release and the path
	for _, b := range made {
		var faults config.Faults
		for _, name := range b.installed {
			key := b.plan.Recipe.Branch + ":" + name
			for _, other := range owners[key] {
				if !b.plan.relates(other.plan) && !other.plan.relates(b.plan) {
					faults = append(faults, b.plan.sharedFault(name, other.plan.Recipe.Name))
					break
				}
			}
			owners[key] = append(owners[key], b)
		}
		if len(faults) > 0 {
			faults = faults[:min(len(faults), maxShared)]
			failures = append(failures, usererror.Failure{Name: b.plan.Recipe.Name, Err: usererror.Input(faults)})
		}
	}
	return failures.Join(len(made))
}

// maxShared is how many files of one application are named.
const maxShared = 5

// relates reports whether the package replaces files of the other, or conflicts with it.
func (p *Plan) relates(other *Plan) bool {
	names := packageNames(other)
	return slices.ContainsFunc(slices.Concat(p.Recipe.Replaces, p.Recipe.Conflicts), func(word string) bool {
		return slices.Contains(names, apk.DependencyName(strings.TrimPrefix(word, "!")))
	})
}

// sharedFault returns the fault of a file that another package of the run also installs.
func (p *Plan) sharedFault(name, other string) config.Fault {
	f := config.Fault{
		Key:     "package",
		Message: fmt.Sprintf("%s installs /%s, too, and apk refuses to install both", other, name),
		Hint: "Install it elsewhere, or in a package of its own on which both depend; or name " + other +
			" in replaces, if its file may be overwritten, or in conflicts",
	}
	if p.Own {
		f.Key, f.Pos = "", config.Pos{File: p.Config.Path}
		return f
	}
	if p.Recipe.Package == nil {
		f.Key = "build.destinations"
	}
	for i, entry := range p.Config.Files {
		if dir := strings.Trim(entry.Destination, "/"); name == dir || strings.HasPrefix(name, dir+"/") {
			f.Key = fmt.Sprintf("files[%d].destination", i)
		}
	}
	f.Pos = p.Config.Pos(f.Key)
	return f
}
