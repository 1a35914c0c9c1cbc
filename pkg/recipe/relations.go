package recipe

import (
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// relation is [!]name, perhaps with an operator and a version.
type relation struct {
	name, operator, version string
	not                     bool
}

const operators = "<>=~"

func parseRelation(text string) relation {
	text, not := strings.CutPrefix(text, "!")
	r := relation{name: text, not: not}
	if i := strings.IndexAny(text, operators); i >= 0 {
		r.name, r.version = text[:i], strings.TrimLeft(text[i:], operators)
		r.operator = text[i : len(text)-len(r.version)]
	}
	r.name, _, _ = strings.Cut(r.name, "@")
	return r
}

// metBy reports whether what a package provides as name, version is what the relation speaks of. Without a version it meets
// a relation without one alone, as apk has it.
func (r relation) metBy(name, version string) bool {
	switch {
	case r.name != name:
		return false
	case r.operator == "":
		return true
	case version == "":
		return false
	}
	order := apk.Compare(version, r.version)
	switch r.operator {
	case "~":
		return version == r.version || strings.HasPrefix(version, r.version+".") || strings.HasPrefix(version, r.version+"-r") ||
			strings.HasPrefix(version, r.version+"_")
	case "><":
		return false // the identity of a package, which no version decides
	}
	return order < 0 && strings.Contains(r.operator, "<") || order == 0 && strings.Contains(r.operator, "=") ||
		order > 0 && strings.Contains(r.operator, ">")
}

// relations refuses a package that apk could never install: one that provides, conflicts with or depends on itself, or
// conflicts with what it depends on.
func (v *resolver) relations(r *Recipe) {
	f := v.file
	provided := []relation{{name: r.Name, version: fmt.Sprintf("%s-r%d", r.Version, r.Release)}}
	for i, text := range f.Provides {
		p := parseRelation(text)
		if p.name == r.Name {
			v.fault(fmt.Sprintf("provides[%d]", i), "Remove it",
				"every package provides its own name, and a second time makes apk refuse %s", r.Name)
			continue
		}
		provided = append(provided, p)
	}
	for i, text := range f.Conflicts {
		key := fmt.Sprintf("conflicts[%d]", i)
		v.selfConflict(r, key, parseRelation(text), provided)
		v.needed(r, key, parseRelation(text))
	}
	for i, text := range f.Dependencies.Runtime {
		key, d := fmt.Sprintf("dependencies.runtime[%d]", i), parseRelation(text)
		switch {
		case d.not:
			v.selfConflict(r, key, d, provided)
			v.needed(r, key, d)
		case d.name == r.Name:
			v.fault(key, "Remove it", "%s depends on itself", r.Name)
		}
	}
}

// selfConflict notes a conflict with the package's own name, or with what it provides.
func (v *resolver) selfConflict(r *Recipe, key string, conflict relation, provided []relation) {
	for _, p := range provided {
		switch {
		case !conflict.metBy(p.name, p.version):
		case p.name == r.Name:
			v.fault(key, "Remove it", "%s would conflict with itself, and apk could never install it", r.Name)
		default:
			v.fault(key, "Remove it, and give what is provided a version, like `provides: ["+p.name+"=1.0]`: then providers of "+p.name+
				" exclude each other",
				"%s provides %s, so that it would conflict with itself, and apk could never install it", r.Name, p.name)
		}
	}
}

// needed notes a conflict with something that the package depends on.
func (v *resolver) needed(r *Recipe, key string, conflict relation) {
	for _, text := range r.Depends {
		d := parseRelation(text)
		if !d.not && d.name == conflict.name && conflict.operator == "" {
			v.fault(key, "Remove one of them", "%s depends on %s and conflicts with it", r.Name, d.name)
			return
		}
	}
}
