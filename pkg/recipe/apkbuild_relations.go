package recipe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/config"
)

// misspelled are names that abuild refuses in an APKBUILD, with those that were meant.
var misspelled = []struct{ written, meant string }{
	{"depend", "depends"},
	{"makedepend", "makedepends"},
	{"checkdepend", "checkdepends"},
	{"pkguser", "pkgusers"},
	{"pkggroup", "pkggroups"},
	{"subpackage", "subpackages"},
}

// spelling refuses what abuild refuses as a misspelling: a variable that nothing reads.
func (v *ownResolver) spelling() {
	for _, m := range misspelled {
		if v.sets(m.written) {
			v.at(m.written, "Write `"+m.meant+"`", "abuild knows no such variable")
		}
	}
	if v.sets("conflicts") {
		v.at("conflicts", "Write `depends=\"!other\"`", "abuild knows no such variable; conflicts are dependencies that begin with !")
	}
}

// sets reports whether the APKBUILD gives a variable a value, outside functions as far as lines show it.
func (v *ownResolver) sets(name string) bool {
	return regexp.MustCompile(`(?m)^(?:export +)?` + regexp.QuoteMeta(name) + `=(?:"[^"]|'[^']|[^"'\s;#])`).MatchString(v.Text)
}

// versions refuses relations with a version that apk cannot read: of a package that provides one, apk 2 reads neither the file
// nor the whole index that lists it.
func (v *ownResolver) versions() {
	for _, name := range []string{"depends", "makedepends", "checkdepends", "provides", "replaces", "install_if"} {
		for _, word := range v.words(name) {
			message, hint := config.VersionFault(word)
			if message == "" {
				continue
			}
			place := PlaceOf(v.Path, v.Text, regexp.MustCompile(
				`(?m)^[\t ]*(?:export +)?`+name+`=(?:"[^"]*?|'[^']*?|)(`+regexp.QuoteMeta(word)+`)`))
			if place.Line == 0 { // it comes from an expansion
				place = v.place(name)
			}
			v.faults = append(v.faults, config.Fault{Pos: place, Key: name, Message: message, Hint: hint})
		}
	}
}

// itself refuses a package that apk could never install, because of what it says of itself.
func (v *ownResolver) itself(r *Recipe) {
	provided := []relation{{name: r.Name, version: fmt.Sprintf("%s-r%d", r.Version, r.Release)}}
	for _, text := range r.Provides {
		p := parseRelation(text)
		if p.name == r.Name {
			v.at("provides", "Remove it", "%s is the package's own name, which it provides without saying so; apk refuses a second", text)
			continue
		}
		provided = append(provided, p)
	}
	for _, text := range r.Conflicts {
		for _, p := range provided {
			if parseRelation(text).metBy(p.name, p.version) {
				v.at("depends", "Remove it, or provide "+p.name+" with a version",
					"!%s is a conflict of the package with itself, and apk could never install it", text)
			}
		}
	}
	for _, text := range r.Depends {
		if d := parseRelation(text); d.name == r.Name && !strings.ContainsAny(text, ":/") {
			v.at("depends", "Remove it", "%s depends on itself", r.Name)
		}
	}
}
