package recipe

import (
	"slices"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
)

// noarch is the architecture of packages that run on all of them.
const noarch = "noarch"

// otherNames maps Docker's and Go's names of the most common architectures.
var otherNames = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// DefaultTargets returns the architectures whose index lists a noarch package that names none: a client fetches packages
// from the directory of its own architecture.
func DefaultTargets() []string { return []string{"x86_64", "aarch64"} }

// arches returns the APKBUILD's arch, and the architectures whose index lists the package: the options', else the
// file's, else this machine's. Options do not change a noarch package: they say who can fetch it.
func (v *resolver) arches() (arches, targets []string) {
	file, options := unique(v.file.Architectures), unique(v.options.Arches)
	for _, arch := range options {
		if arch == noarch || slices.Contains(apk.Arches(), arch) {
			continue
		}
		hint := "Use one of them"
		if name, ok := otherNames[arch]; ok {
			hint = "Alpine calls it " + name
		}
		v.flag("--arch", hint, "%s", config.NotOneOf(arch, append(apk.Arches(), noarch)...))
	}
	chosen := options
	if len(chosen) == 0 {
		chosen = file
	}
	if len(chosen) == 0 {
		chosen = []string{apk.HostArch()}
	}
	if !slices.Contains(file, noarch) && !slices.Contains(chosen, noarch) {
		return chosen, chosen
	}
	for _, named := range [][]string{options, file, DefaultTargets()} {
		named = slices.DeleteFunc(slices.Clone(named), func(arch string) bool { return arch == noarch })
		if len(named) > 0 {
			return []string{noarch}, named
		}
	}
	return []string{noarch}, nil
}
