package index

import (
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk/adb"
)

// What a version must be to match, as apk counts it.
const (
	matchEqual    = 1
	matchLess     = 2
	matchGreater  = 4
	matchFuzzy    = 8
	matchConflict = 16
	matchAny      = matchEqual | matchLess | matchGreater
)

// dependency is [!]name[OPERATOR version] taken apart.
type dependency struct {
	name    string
	version string // empty: any
	match   int
	value   adb.Value // when it is written
}

const operators = "<>=~"

func parseDependency(text string) dependency {
	d := dependency{}
	name, conflict := strings.CutPrefix(text, "!")
	if conflict {
		d.match = matchConflict
	}
	i := strings.IndexAny(name, operators)
	if i < 0 {
		d.name, d.match = name, d.match|matchAny
		return d
	}
	rest := strings.TrimLeft(name[i:], operators)
	for _, c := range name[i : len(name)-len(rest)] {
		switch c {
		case '<':
			d.match |= matchLess
		case '>':
			d.match |= matchGreater
		case '=':
			d.match |= matchEqual
		case '~':
			d.match |= matchEqual | matchFuzzy
		}
	}
	d.name, d.version = name[:i], rest
	return d
}

// stored returns the match as a list in Packages.adb has it: none where it says nothing.
func (d dependency) stored() int {
	if d.match == matchAny || d.match == matchEqual {
		return 0
	}
	return d.match
}

// operatorOf writes what a version must be to match; the last two are not known to apk 2.
var operatorOf = map[int]string{
	matchLess: "<", matchLess | matchEqual: "<=", matchEqual: "=", matchGreater | matchEqual: ">=", matchGreater: ">",
	matchFuzzy: "~", matchEqual | matchFuzzy: "~", matchLess | matchGreater: "><",
	matchLess | matchEqual | matchFuzzy: "<~", matchGreater | matchEqual | matchFuzzy: ">~",
}

// canonical writes a dependency as apk index does, with one spelling of each operator: "a=~1" is "a~1".
func canonical(text string) string {
	d := parseDependency(text)
	operator := operatorOf[d.match&^matchConflict]
	if operator == "" {
		return text
	}
	text = d.name + operator + d.version
	if d.match&matchConflict != 0 {
		text = "!" + text
	}
	return text
}

func canonicalList(texts []string) []string {
	out := slices.Clone(texts)
	for i := range out {
		out[i] = canonical(out[i])
	}
	return out
}
