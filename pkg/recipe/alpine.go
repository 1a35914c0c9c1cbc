package recipe

import (
	"fmt"
	"slices"
	"strings"
)

// DefaultAlpine is the newest stable release of Alpine.
const DefaultAlpine = "3.24"

// edge is Alpine's branch of development.
const edge = "edge"

// Releases lists the releases of Alpine that can be built for, newest first, besides edge and latest-stable.
func Releases() []string {
	return []string{DefaultAlpine, "3.23", "3.22", "3.21", "3.20", "3.19", "3.18", "3.17", "3.16"}
}

// ParseBranch gives the branch of Alpine's repositories, such as v3.24 or edge, that a release means: "3.24", "v3.24",
// "alpine/3.24", "edge", "latest-stable". Empty is DefaultAlpine. Its error lists what is allowed.
func ParseBranch(release string) (string, error) {
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(release)), "alpine/")
	switch name {
	case "", "latest-stable":
		return "v" + DefaultAlpine, nil
	case edge:
		return edge, nil
	}
	if number := strings.TrimPrefix(name, "v"); slices.Contains(Releases(), number) {
		return "v" + number, nil
	}
	return "", fmt.Errorf("%q is not a release of Alpine that is known here; allowed are edge, latest-stable, %s", release, strings.Join(Releases(), ", "))
}

// branch is the option's, else that of the file's stack, else the newest.
func (v *resolver) branch() string {
	if v.options.Alpine != "" {
		branch, err := ParseBranch(v.options.Alpine)
		if err != nil {
			v.flag("--alpine", "Write it like "+DefaultAlpine, "%v", err)
		}
		return branch
	}
	branch, err := ParseBranch(v.file.Stack)
	if err != nil {
		v.fault("stack", "Write `stack: alpine/"+DefaultAlpine+"`", "%v", err)
	}
	return branch
}
