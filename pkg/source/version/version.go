// Package version puts the versions that people write, in tags and in files, into Alpine's form, so that
// apk orders them as they were meant.
package version

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// alpine is the form of apk-package(5): numbers, one letter, suffixes. The release (-rN) is no part of it.
var (
	alpine   = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*$`)
	release  = regexp.MustCompile(`-r[0-9]+$`)
	lead     = regexp.MustCompile(`^(?i:(?:version|release|stable|ver|rel)[-_/.]?)?[vV]?[-_.]?([0-9].*)$`)
	date     = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})(.*)$`)
	describe = regexp.MustCompile(`^(.+)-([0-9]+)-g[0-9a-f]{4,64}$`)
	metadata = regexp.MustCompile(`\+[0-9A-Za-z.-]*$`)
	numbers  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*`)
	letter   = regexp.MustCompile(`^[a-z]$`)
	word     = regexp.MustCompile(`^[-._]?([A-Za-z]+)[-._]?([0-9]*)`)
	more     = regexp.MustCompile(`^[-.]([0-9]+)`)
	digits   = regexp.MustCompile(`[0-9]{19,}`)
)

// suffixes are the words people write behind the numbers, and Alpine's for them. What comes from an
// unfinished state of the sources lies before the first alpha, as PEP 440 orders it.
var suffixes = map[string]string{
	"dev": "_alpha_pre", "snapshot": "_alpha_pre", "nightly": "_alpha_pre", "canary": "_alpha_pre",
	"a": "_alpha", "alpha": "_alpha",
	"b": "_beta", "beta": "_beta",
	"m": "_pre", "milestone": "_pre", "pre": "_pre", "preview": "_pre", "next": "_pre",
	"c": "_rc", "cr": "_rc", "rc": "_rc",
	"cvs": "_cvs", "svn": "_svn", "git": "_git", "hg": "_hg",
	"p": "_p", "pl": "_p", "patch": "_p", "post": "_p", "hotfix": "_p", "sp": "_p",
	"final": "", "ga": "", "stable": "", "release": "",
}

// Translate returns s in Alpine's form: "v1.2.3-rc.1" is 1.2.3_rc1. SemVer's build metadata is dropped, as
// it does not take part in the order; what `git describe` prints is understood too.
func Translate(s string) (string, error) {
	written := s
	s = strings.TrimPrefix(strings.TrimSpace(s), "refs/tags/")
	switch {
	case s == "":
		return "", errors.New("an empty version")
	case digits.MatchString(s):
		return "", fmt.Errorf("%q holds a number of more than 18 digits", written)
	case alpine.MatchString(s):
		return s, nil
	}
	s = strings.TrimSuffix(s, "-dirty")
	if m := describe.FindStringSubmatch(s); m != nil {
		v, err := Translate(m[1])
		if err != nil {
			return "", err
		}
		n, err := strconv.Atoi(m[2])
		return After(v, n), err
	}
	m := lead.FindStringSubmatch(metadata.ReplaceAllString(s, ""))
	if m == nil {
		return "", fmt.Errorf("%q does not begin with a number", written)
	}
	if release.MatchString(m[1]) {
		return "", fmt.Errorf("%q ends in a package release (-r…), which is given on its own", written)
	}
	s = date.ReplaceAllString(m[1], "$1.$2.$3$4")
	number := numbers.FindString(s)
	tail, ok := suffix(s[len(number):])
	if !ok {
		return "", fmt.Errorf("%q: %q behind the numbers has no place in Alpine's order of versions", written, s[len(number):])
	}
	return number + tail, nil
}

// suffix translates what stands behind the numbers.
func suffix(s string) (string, bool) {
	if letter.MatchString(s) {
		return s, true // 1.1.1a, as OpenSSL counts; Alpine has it as it is
	}
	var b strings.Builder
	// SemVer orders a pre-release that is a number before all others; npm makes them (1.2.4-0).
	if m := more.FindStringSubmatch(s); m != nil && s[0] == '-' {
		b.WriteString("_alpha_pre" + trimZeros(m[1]))
		s = s[len(m[0]):]
	}
	for s != "" {
		if m := more.FindStringSubmatch(s); m != nil && b.Len() > 0 {
			b.WriteString("_p" + trimZeros(m[1]))
			s = s[len(m[0]):]
			continue
		}
		m := word.FindStringSubmatch(s)
		if m == nil {
			return "", false
		}
		name, ok := suffixes[strings.ToLower(m[1])]
		if !ok || name == "" && m[2] != "" {
			return "", false
		}
		if name != "" {
			b.WriteString(name + trimZeros(m[2]))
		}
		s = s[len(m[0]):]
	}
	return b.String(), true
}

func trimZeros(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" || s == "" {
		return t
	}
	return "0"
}

// After returns the version of the sources n commits after v: behind v and its package releases, before
// v's next patch level, and with a pre-release v still before the release.
func After(v string, n int) string {
	if n <= 0 {
		return v
	}
	return v + "_git" + strconv.Itoa(n)
}
