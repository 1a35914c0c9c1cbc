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
	word     = regexp.MustCompile(`^[-._]?([A-Za-z]+)(?:[-._]?([0-9]+))?`)
	more     = regexp.MustCompile(`^[-.]([0-9]+)(?:[-._]|$)`)
	// commit is an abbreviated hash of git, which has at least seven digits. A number is one only if it cannot be a
	// number of SemVer, which has no leading zeros.
	commit = regexp.MustCompile(`^([0-9a-f]*[a-f][0-9a-f]*|0[0-9]*)$`)
	// faithful is what may follow the numbers so that apk orders it as SemVer does: _alpha, _beta, _pre and _rc come in
	// the order of the alphabet, and numbers after them count as such.
	faithful = regexp.MustCompile(`^-(alpha|beta|pre|rc|0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$`)
	calendar = regexp.MustCompile(`^(19|20)[0-9]{2}(\.|$)`)
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
		return "", fmt.Errorf("%q ends in a package release (-r…), which is set separately", written)
	}
	s = date.ReplaceAllString(m[1], "$1.$2.$3$4")
	number := numbers.FindString(s)
	if hash := findCommit(s[len(number):]); hash != "" {
		return "", fmt.Errorf("%q: %q looks like a commit's hash, and hashes have no order; leave it out, or write +%s",
			written, hash, hash)
	}
	tail, ok := suffix(s[len(number):])
	if !ok {
		return "", fmt.Errorf("%q: %q after the numbers has no place in Alpine's order of versions", written, s[len(number):])
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
		s = s[1+len(m[1]):]
	}
	for s != "" {
		if m := more.FindStringSubmatch(s); m != nil && b.Len() > 0 {
			b.WriteString("_p" + trimZeros(m[1]))
			s = s[1+len(m[1]):]
			continue
		}
		m := word.FindStringSubmatch(s)
		if m == nil {
			return "", false
		}
		name, ok := suffixes[strings.ToLower(m[1])]
		rest := s[len(m[0]):]
		if !ok || name == "" && m[2] != "" || rest != "" && !strings.ContainsRune("-._", rune(rest[0])) {
			return "", false
		}
		if name != "" {
			b.WriteString(name + trimZeros(m[2]))
		}
		s = rest
	}
	return b.String(), true
}

// findCommit returns the identifier behind the numbers that looks like a commit's hash; empty if there is none. A word
// such as beta or rc12 is none.
func findCommit(s string) string {
	const shortest = 7
	for _, id := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("-._", r) }) {
		if len(id) >= shortest && commit.MatchString(id) && strings.ContainsAny(id, "0123456789") {
			return id
		}
	}
	return ""
}

// Faithful reports whether apk orders the translation of s among those of other such versions as SemVer orders them. Of
// other versions the translation should be shown: `rc10` comes before `rc2` in SemVer, `alpha.1` before `alpha.beta`, and
// 2024.1.15-1 before 2024.1.15.
func Faithful(s string) bool {
	s = strings.TrimPrefix(strings.TrimSpace(s), "refs/tags/")
	if alpine.MatchString(s) {
		return true
	}
	m := lead.FindStringSubmatch(metadata.ReplaceAllString(s, ""))
	if m == nil {
		return false
	}
	number := numbers.FindString(m[1])
	rest := m[1][len(number):]
	numeric := len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9'
	return rest == "" || faithful.MatchString(rest) && (!numeric || !calendar.MatchString(number))
}

// Snapshot returns a version of unreleased sources, n commits after the release v: above v and the version of its commits,
// below the next release. stamp, a time as a number, tells snapshots of one commit apart.
func Snapshot(v string, n int, stamp string) string {
	return v + "_git" + strconv.Itoa(n) + "_p" + stamp
}

// Before returns a version of unreleased sources that will be the release v.
func Before(v, stamp string) string { return v + "_alpha_pre" + stamp }

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
