package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

// checkExcluded finds destinations and files that build.exclude keeps out of every package.
func checkExcluded(f *config.File) error {
	var faults config.Faults
	check := func(key, name string) {
		if name = namedPart(name); name == "" || !source.Excludes(f.Build.Exclude, name) {
			return
		}
		faults = append(faults, config.Fault{Pos: f.Pos(key), Key: key,
			Message: fmt.Sprintf("build.exclude leaves %s out of the package", name),
			Hint: "Remove one of the two. To hide files of the checkout from the build, and package what the build makes in their place, " +
				"name them in .pakmanignore",
		})
	}
	if f.Package == "" {
		for i, d := range f.Build.Destinations {
			check(fmt.Sprintf("build.destinations[%d]", i), d)
		}
		for i, file := range f.Files {
			check(fmt.Sprintf("files[%d].source", i), file.Source)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

// namedPart returns the path up to the first component that is a pattern.
func namedPart(destination string) string {
	parts := strings.Split(path.Clean(strings.TrimSpace(destination)), "/")
	if i := slices.IndexFunc(parts, func(s string) bool { return strings.ContainsAny(s, "*?[") }); i >= 0 {
		parts = parts[:i]
	}
	if name := path.Join(parts...); name != "." {
		return name
	}
	return ""
}

// destinationFault returns what the generated package() said of one of the destinations, at its place; nil where it failed for
// another reason.
func destinationFault(failed *builder.CommandError, p *Plan) error {
	for _, line := range slices.Backward(failed.Tail) {
		for i, d := range p.Config.Build.Destinations {
			message, found := strings.CutPrefix(line, "build.destinations: "+d+": ")
			if !found {
				continue
			}
			fault := config.Fault{Key: fmt.Sprintf("build.destinations[%d]", i), Message: d + ": " + message}
			if strings.Contains(message, " would both be installed as ") {
				fault.Message, fault.Hint = message, "Name one of them, or give them different names in build.command"
			}
			fault.Pos = p.Config.Pos(fault.Key)
			return usererror.Input(config.Faults{fault})
		}
	}
	return nil
}
