package matrix

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
)

// noarch is the architecture of packages that run on all architectures.
const noarch = "noarch"

// Runners maps Alpine's name of an architecture to the label of its runner.
type Runners map[string]string

// GitHub returns the runners that GitHub provides.
func GitHub() Runners {
	return Runners{"x86_64": "ubuntu-24.04", "aarch64": "ubuntu-24.04-arm"}
}

// ParseRunners returns GitHub's runners, replaced and extended by lines ARCH=LABEL.
func ParseRunners(lines []string) (Runners, error) {
	r := GitHub()
	for _, line := range lines {
		arch, label, ok := strings.Cut(line, "=")
		arch, label = strings.TrimSpace(arch), strings.TrimSpace(label)
		if !ok || label == "" {
			return nil, fmt.Errorf("%q is not ARCH=LABEL, such as aarch64=ubuntu-24.04-arm", line)
		}
		if arch != noarch && !slices.Contains(apk.Arches(), arch) {
			return nil, errors.New(config.NotOneOf(arch, append(apk.Arches(), noarch)...))
		}
		r[arch] = label
	}
	return r, nil
}

// Label returns the label of the runner for the architecture. noarch can use any runner: that of x86_64, else the first one.
func (r Runners) Label(arch string) (string, bool) {
	label, ok := r[arch]
	if ok || arch != noarch {
		return label, ok
	}
	if label, ok = r["x86_64"]; ok {
		return label, ok
	}
	for _, other := range slices.Sorted(maps.Keys(r)) {
		return r[other], true
	}
	return "", false
}
