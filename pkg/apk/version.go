package apk

import (
	"cmp"
	"fmt"
	"strings"
)

// The grammar of versions, as apk 3 has it; apk 2 takes the same, but for the hash. They differ
// in the order of useless spellings only, such as 1.0 and 1.00, where apk 3 is followed:
//
//	DIGITS{.DIGITS}[LETTER]{_SUFFIX[DIGITS]}[~HEX][-rDIGITS]

// The kinds of a version's parts. Of two versions that are equal up to a point, the one whose
// next part has the lower kind is newer: 1.2.3 is newer than 1.2a, and that than 1.2.
type partKind int

const (
	firstNumber partKind = iota
	number
	letter
	suffix
	suffixNumber
	commitHash
	release
	end
	invalid
)

type part struct {
	kind partKind
	text string
	rank int // of a suffix: negative before the release, positive after it
}

func suffixRank(name string) int {
	switch name {
	case "alpha":
		return -4
	case "beta":
		return -3
	case "pre":
		return -2
	case "rc":
		return -1
	case "cvs":
		return 1
	case "svn":
		return 2
	case "git":
		return 3
	case "hg":
		return 4
	case "p":
		return 5
	}
	return 0
}

// nextPart splits the part that follows one of kind before off the front of v.
func nextPart(before partKind, v string) (part, string) {
	if v == "" {
		return part{kind: end}, ""
	}
	switch c := v[0]; {
	case strings.IndexByte(digits, c) >= 0 && before == suffix:
		return splitPart(suffixNumber, v, digits)
	case c == '.' && before <= number:
		return splitPart(number, v[1:], digits)
	case strings.IndexByte(lower, c) >= 0 && before <= number:
		return part{kind: letter, text: v[:1]}, v[1:]
	case c == '_' && before <= suffixNumber:
		p, rest := splitPart(suffix, v[1:], lower)
		if p.rank = suffixRank(p.text); p.rank == 0 {
			p.kind = invalid
		}
		return p, rest
	case c == '~' && before < commitHash:
		return splitPart(commitHash, v[1:], digits+"abcdef")
	case strings.HasPrefix(v, "-r") && before < release:
		return splitPart(release, v[2:], digits)
	}
	return part{kind: invalid}, v
}

// splitPart takes the longest front of v that is made of set.
func splitPart(kind partKind, v, set string) (part, string) {
	n := len(v) - len(strings.TrimLeft(v, set))
	if n == 0 {
		kind = invalid
	}
	return part{kind: kind, text: v[:n]}, v[n:]
}

// CheckVersion says why v (pkgver, with or without -rN) is no valid Alpine version; nil when it is.
func CheckVersion(v string) error {
	if v == "" {
		return fmt.Errorf("the version is empty")
	}
	const maxVersion, maxDigits = 100, 17 // apk 2 counts in 64 bits and refuses 18 digits
	if len(v) > maxVersion {
		return fmt.Errorf("version %.40q…: %d bytes, at most %d are allowed", v, len(v), maxVersion)
	}
	p, rest := splitPart(firstNumber, v, digits)
	for ; p.kind < end; p, rest = nextPart(p.kind, rest) {
		if p.kind != commitHash && p.kind != letter && p.kind != suffix && len(p.text) > maxDigits {
			return fmt.Errorf("version %q: the number %s is too long, at most %d digits are allowed", v, p.text, maxDigits)
		}
	}
	if p.kind == invalid {
		return fmt.Errorf("version %q: apk cannot read it from %q on; a version is like 1.2.3, 1.2.3b, 1.2.3_rc1 or 1.2.3_git20260131 "+
			"(suffixes _alpha _beta _pre _rc come before the release, _cvs _svn _git _hg _p after it), and may end in -r0", v,
			v[len(v)-len(rest)-len(p.text):])
	}
	return nil
}

// Compare orders two versions as apk does: -1, 0, 1. Of an invalid version the part up to the
// fault counts.
func Compare(a, b string) int {
	pa, resta := splitPart(firstNumber, a, digits)
	pb, restb := splitPart(firstNumber, b, digits)
	for pa.kind == pb.kind && pa.kind < end {
		if c := compareParts(pa, pb); c != 0 {
			return c
		}
		pa, resta = nextPart(pa.kind, resta)
		pb, restb = nextPart(pb.kind, restb)
	}
	switch {
	case pa.kind == pb.kind:
		return 0
	case pa.kind == suffix && pa.rank < 0:
		return -1
	case pb.kind == suffix && pb.rank < 0:
		return 1
	}
	return cmp.Compare(pb.kind, pa.kind)
}

func compareParts(a, b part) int {
	switch a.kind {
	case suffix:
		return cmp.Compare(a.rank, b.rank)
	case number:
		// As in Gentoo: with a leading zero they are decimal fractions, 1.01 < 1.1.
		if a.text[0] == '0' || b.text[0] == '0' {
			return strings.Compare(a.text, b.text)
		}
		return compareNumbers(a.text, b.text)
	case firstNumber, suffixNumber, release:
		return compareNumbers(a.text, b.text)
	default:
		return strings.Compare(a.text, b.text)
	}
}

func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
