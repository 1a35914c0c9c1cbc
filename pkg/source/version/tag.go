package version

import (
	"regexp"
	"strings"
)

// Tag is a git tag that names a version.
type Tag struct {
	Name    string // as written: "api/v1.2.3"
	Prefix  string // the package it speaks of: "api"; empty: the whole repository
	Version string // Alpine's form: "1.2.3"
}

// Behind a package's name only what is evidently a version counts: nightly-20240101 is none.
var evident = regexp.MustCompile(`^([0-9]+\.[0-9]|[vV][0-9])`)

// ParseTag reads a tag such as v1.2.3, release-1.4, api/v1.2.3, web-1.0 or @acme/ui@2.0.0.
func ParseTag(name string) (Tag, bool) {
	if v, err := Translate(name); err == nil {
		return Tag{Name: name, Version: v}, true
	}
	for i := 1; i < len(name); i++ {
		if !strings.ContainsRune("/@-_", rune(name[i])) || !evident.MatchString(name[i+1:]) {
			continue
		}
		if v, err := Translate(name[i+1:]); err == nil {
			return Tag{Name: name, Prefix: name[:i], Version: v}, true
		}
	}
	return Tag{}, false
}

// Dotted reports whether a tag is a full version, and not a moving tag such as v1 or a date.
func (t Tag) Dotted() bool { return strings.Contains(t.Version, ".") }
