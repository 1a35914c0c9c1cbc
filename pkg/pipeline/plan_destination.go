package pipeline

import (
	"cmp"
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

// whatToName is the advice where nothing is known of what is missing.
const whatToName = "Name what is there when build.command has ended, relative to the application's directory"

// destinationFault returns what the generated package() said of one of the destinations or files, at its place; nil where it
// failed for another reason.
func destinationFault(failed *builder.CommandError, p *Plan, behind leftBehind) error {
	for _, line := range slices.Backward(failed.Tail) {
		fault := faultOfDestination(p.Config, line)
		if fault == nil {
			fault = faultOfFile(p.Config, line)
		}
		if fault == nil {
			fault = faultOfSize(p, line)
		}
		if fault == nil {
			continue
		}
		fault.Hint = cmp.Or(fault.Hint, behind[fault.Key], whatToName)
		fault.Pos = p.Config.Pos(fault.Key)
		return usererror.Input(config.Faults{*fault})
	}
	return nil
}

// faultOfDestination reads what _copy of the generated APKBUILD prints; nil if the line is something else.
func faultOfDestination(f *config.File, line string) *config.Fault {
	for i, d := range f.Build.Destinations {
		message, found := strings.CutPrefix(line, "build.destinations: "+d+": ")
		key := fmt.Sprintf("build.destinations[%d]", i)
		switch {
		case !found:
		case strings.Contains(message, " would both be installed as "):
			return &config.Fault{Key: key, Message: message, Hint: "Name one of them, or give them different names in build.command"}
		default:
			return &config.Fault{Key: key, Message: d + ": " + message}
		}
	}
	return nil
}

// faultOfFile reads what _install of the generated APKBUILD prints; nil if the line is something else.
func faultOfFile(f *config.File, line string) *config.Fault {
	for i, entry := range f.Files {
		source := strings.TrimSuffix(entry.Source, "/")
		message, found := strings.CutPrefix(line, "files: "+source+": ")
		at, collides := strings.CutPrefix(message, "another file is installed as ")
		switch {
		case !found:
		case !collides:
			return &config.Fault{Key: fmt.Sprintf("files[%d].source", i), Message: source + ": " + message}
		case tellsOf(at, entry.Destination):
			return &config.Fault{Key: fmt.Sprintf("files[%d].destination", i), Message: message,
				Hint: "Choose another destination, or keep the other file out of the package with build.exclude"}
		}
	}
	return nil
}

// faultOfSize reads what _sizes of the generated APKBUILD prints, at the entry that brings the file; nil if the line is something
// else.
func faultOfSize(p *Plan, line string) *config.Fault {
	message, found := strings.CutPrefix(line, "packaged files: ")
	if !found {
		return nil
	}
	fault := &config.Fault{Key: "build.destinations", Message: message, Hint: "Split the file, or leave it out with build.exclude"}
	for i, d := range p.Config.Build.Destinations {
		if tellsOf(message, "/var/lib/"+p.Recipe.Name+"/"+path.Base(path.Clean(strings.TrimSpace(d)))) {
			fault.Key = fmt.Sprintf("build.destinations[%d]", i)
		}
	}
	for i, entry := range p.Config.Files {
		if tellsOf(message, entry.Destination) {
			fault.Key = fmt.Sprintf("files[%d].source", i)
		}
	}
	return fault
}

// tellsOf reports whether a message begins with the path of what is installed there, or below it.
func tellsOf(message, installed string) bool {
	rest, found := strings.CutPrefix(message, strings.TrimSuffix(installed, "/"))
	return found && (strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, ": ") || strings.HasPrefix(rest, " already"))
}
