package recipe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultAlpine is the newest stable release of Alpine that this version of the program knows.
const DefaultAlpine = "3.24"

// edge is Alpine's branch of development.
const edge = "edge"

// maxNewer is how many releases after DefaultAlpine are accepted without being known: those of two years. A higher number
// is a typing mistake.
const maxNewer = 4

// Releases lists the releases of Alpine that can be built for, newest first, besides edge, latest-stable and newer ones.
func Releases() []string {
	return []string{DefaultAlpine, "3.23", "3.22", "3.21", "3.20", "3.19", "3.18", "3.17", "3.16", "3.15", "3.14"}
}

// supportEnds are the days on which Alpine stops to update its releases.
var supportEnds = map[string]string{
	"3.14": "2023-05-01", "3.15": "2023-11-01", "3.16": "2024-05-23", "3.17": "2024-11-22", "3.18": "2025-05-09",
	"3.19": "2025-11-01", "3.20": "2026-04-01", "3.21": "2026-11-01", "3.22": "2027-05-01", "3.23": "2027-11-01",
}

// EndOfLife returns the day on which a branch's release ended and the next release that is still updated; both are empty for a
// release that has not ended at that time.
func EndOfLife(branch string, now time.Time) (day, next string) {
	ended := func(release string) bool {
		return supportEnds[release] != "" && supportEnds[release] <= now.UTC().Format(time.DateOnly)
	}
	release := strings.TrimPrefix(branch, "v")
	if !ended(release) {
		return "", ""
	}
	for _, r := range slices.Backward(Releases()) {
		if !ended(r) {
			return supportEnds[release], r
		}
	}
	return supportEnds[release], DefaultAlpine
}

// ParseBranch returns the branch of Alpine's repositories, such as v3.24 or edge, that a release means: "3.24", "v3.24",
// "alpine/3.24", "edge", "latest-stable". Empty is DefaultAlpine. Releases newer than this program are accepted, see
// IsNewer. Its error lists what is allowed.
func ParseBranch(release string) (string, error) {
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(release)), "alpine/")
	switch name {
	case "", "latest-stable":
		return "v" + DefaultAlpine, nil
	case edge:
		return edge, nil
	}
	number := strings.TrimPrefix(name, "v")
	if n := newer(number); slices.Contains(Releases(), number) || n > 0 && n <= maxNewer {
		return "v" + number, nil
	}
	return "", fmt.Errorf("%q is not a known Alpine release; allowed are edge, latest-stable, %s",
		release, strings.Join(Releases(), ", "))
}

// IsNewer reports whether a branch is of a release that this version of the program does not know yet.
func IsNewer(branch string) bool { return newer(strings.TrimPrefix(branch, "v")) > 0 }

// newer counts the releases from DefaultAlpine to number; it is not positive for older ones and for what is no release.
func newer(number string) int {
	series, last, _ := strings.Cut(DefaultAlpine, ".")
	digits, ok := strings.CutPrefix(number, series+".")
	n, err := strconv.Atoi(digits)
	known, errKnown := strconv.Atoi(last)
	if !ok || err != nil || errKnown != nil || strconv.Itoa(n) != digits {
		return 0
	}
	return n - known
}

// branch returns the option's branch, else that of the file's stack, else the building machine's, else the newest.
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
	if machine, err := ParseBranch(v.options.Machine); err == nil && v.file.Stack == "" {
		return machine // which is DefaultAlpine where it is not Alpine, or an Alpine that is not known
	}
	return branch
}
