package deploy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/instellar"
	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/usererror"
)

// checkIncrease checks that each package's version is above those that other commits have delivered: the platform's machines
// upgrade to nothing else.
func checkIncrease(arches []*packages.Arch, earlier []instellar.Uploaded, sha string) error {
	var late []error
	for _, arch := range arches {
		for _, p := range arch.Packages {
			newest := ""
			for _, e := range earlier {
				version, ok := versionOf(p.Info.Name, e.Name)
				if ok && e.Arch == arch.Name && e.SHA != sha && (newest == "" || apk.Compare(version, newest) > 0) {
					newest = version
				}
			}
			if newest != "" && apk.Compare(p.Info.Version, newest) <= 0 {
				late = append(late, fmt.Errorf("%s %s for %s is not above %s, which another commit has delivered: no machine would "+
					"upgrade to it; raise the version (git tag, version:) or the release (the number of the workflow's run), build "+
					"again, or pass --allow-older (input allow-older)",
					p.Info.Name, p.Info.Version, arch.Name, newest))
			}
		}
	}
	return usererror.Input(errors.Join(late...))
}

// versionOf returns the version in a package's file name.
func versionOf(name, file string) (string, bool) {
	rest, ok := strings.CutPrefix(file, name+"-")
	version, ok2 := strings.CutSuffix(rest, ".apk")
	return version, ok && ok2 && apk.CheckVersion(version) == nil
}
