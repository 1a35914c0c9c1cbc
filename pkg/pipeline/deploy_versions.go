package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/instellar"
	"github.com/pakman/build/pkg/usererror"
)

// increases sees that each package's version is above those that other commits have delivered: the platform's machines
// upgrade to nothing else.
func (c *cargo) increases(earlier []instellar.Uploaded, sha string) error {
	var late []error
	for _, arch := range c.sorted() {
		for _, p := range c.arches[arch].items {
			newest := ""
			for _, e := range earlier {
				version, ok := versionOf(p.pkg.Info.Name, e.Name)
				if ok && e.Arch == arch && e.SHA != sha && (newest == "" || apk.Compare(version, newest) > 0) {
					newest = version
				}
			}
			if newest != "" && apk.Compare(p.pkg.Info.Version, newest) <= 0 {
				late = append(late, fmt.Errorf("%s %s for %s is not above %s, which another commit has delivered: no machine would upgrade to it; raise the version (git tag, version:) or the release (the number of the workflow's run), build again, or say --allow-older (input allow-older)",
					p.pkg.Info.Name, p.pkg.Info.Version, arch, newest))
			}
		}
	}
	return usererror.Input(errors.Join(late...))
}

// versionOf takes the version out of a package's file name.
func versionOf(name, file string) (string, bool) {
	rest, ok := strings.CutPrefix(file, name+"-")
	version, ok2 := strings.CutSuffix(rest, ".apk")
	return version, ok && ok2 && apk.CheckVersion(version) == nil
}
