package recipe

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
)

// APKBUILD is an APKBUILD of the user's own, which is built as it is.
type APKBUILD struct {
	Path string            // as the user knows it
	Text string            // what the file holds, for the places of mistakes
	Vars map[string]string // its variables, as a shell reads them
}

var (
	ownName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`)
	ownRelease = regexp.MustCompile(`^[0-9]{1,9}$`)
)

// ownResolver gathers what the user has to mend in an APKBUILD; the resolver has the faults.
type ownResolver struct {
	*resolver
	APKBUILD
}

// FromAPKBUILD returns the recipe that an APKBUILD is by itself: nothing is derived that it says. Its error is
// config.Faults, each at the line where the variable is set.
func FromAPKBUILD(a APKBUILD, facts source.Facts, o Options) (*Recipe, error) {
	v := ownResolver{&resolver{file: &config.File{Path: a.Path}, facts: facts, options: o}, a}
	if o.Version != "" {
		v.flag("--version", "Change pkgver in "+a.Path, "an APKBUILD says its version itself")
	}
	r := &Recipe{
		Name: a.Vars["pkgname"], Version: a.Vars["pkgver"], Release: v.pkgrel(),
		Description: a.Vars["pkgdesc"], URL: a.Vars["url"], License: a.Vars["license"], Maintainer: a.Vars["maintainer"],
		Branch: v.branch(), Repository: v.repository(), Compression: v.compression(),
		MakeDepends: v.words("makedepends"), CheckDepends: v.words("checkdepends"),
		Provides: v.words("provides"), Replaces: v.words("replaces"),
		Trace:   !slices.Contains(v.words("options"), "!tracedeps"),
		Strip:   !slices.Contains(v.words("options"), "!strip"),
		Exclude: []string{"/src/", "/pkg/"}, // what an abuild that was run there left
	}
	for _, word := range v.words("depends") {
		if name, conflict := strings.CutPrefix(word, "!"); conflict {
			r.Conflicts = append(r.Conflicts, name)
			continue
		}
		r.Depends = append(r.Depends, word)
	}
	for _, entry := range v.words("subpackages") {
		name, _, _ := strings.Cut(entry, ":")
		r.Subpackages = append(r.Subpackages, Subpackage{Name: name})
	}
	v.ownArches(r)
	v.origin(r)
	v.check(r)
	if len(v.faults) > 0 {
		return nil, v.sorted()
	}
	return r, nil
}

// words splits a list as the shell does.
func (v *ownResolver) words(name string) []string { return strings.Fields(v.Vars[name]) }

// at notes a mistake where the variable is set, or for the file where it is not.
func (v *ownResolver) at(name, hint, format string, args ...any) {
	v.faults = append(v.faults, config.Fault{Pos: v.place(name), Key: name, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (v *ownResolver) place(name string) config.Pos {
	set := regexp.MustCompile(`(?m)^[\t ]*(?:export +)?(` + regexp.QuoteMeta(name) + `)=`)
	return PlaceOf(v.Path, v.Text, set)
}

// PlaceOf returns the place in the text of the first group that the pattern matches; of the file as a whole where
// it matches nothing.
func PlaceOf(file, text string, pattern *regexp.Regexp) config.Pos {
	match := pattern.FindStringSubmatchIndex(text)
	if len(match) < 4 {
		return config.Pos{File: file}
	}
	before := text[:match[2]]
	return config.Pos{File: file, Line: 1 + strings.Count(before, "\n"), Column: len(before) - strings.LastIndexByte(before, '\n')}
}

func (v *ownResolver) pkgrel() int {
	text := v.Vars["pkgrel"]
	if text != "" && !ownRelease.MatchString(text) {
		v.at("pkgrel", "Write `pkgrel=0`", "%q is not a whole number", text)
		return 0
	}
	n, _ := strconv.Atoi(text) // empty: check says so
	return n
}

// check finds what no builder would build, before anything is run.
func (v *ownResolver) check(r *Recipe) {
	for _, name := range []string{"pkgname", "pkgver", "pkgrel", "pkgdesc", "url", "arch", "license"} {
		if v.Vars[name] == "" {
			v.at(name, "An APKBUILD has pkgname, pkgver, pkgrel, pkgdesc, url, arch and license", "it is not set")
		}
	}
	for _, name := range append([]string{r.Name}, subpackageNames(r)...) {
		if name != "" && !ownName.MatchString(name) {
			key := "subpackages"
			if name == r.Name {
				key = "pkgname"
			}
			v.at(key, "Use letters, digits and . _ + -, beginning with a letter or digit", "%q is not a name for a package", name)
		}
	}
	if err := apk.CheckVersion(r.Version); r.Version != "" && err != nil {
		v.at("pkgver", "Write it like 1.2.3 or 1.2.3_rc1", "%v", err)
	}
}

func subpackageNames(r *Recipe) []string {
	var names []string
	for _, s := range r.Subpackages {
		names = append(names, s.Name)
	}
	return names
}

// ownArches reads arch: names, "all" or "noarch", and with "!" what is left out. The architectures whose index lists
// noarch packages are chosen as for a YAML file.
func (v *ownResolver) ownArches(r *Recipe) {
	words := v.words("arch")
	for _, word := range words {
		name := strings.TrimPrefix(word, "!")
		if name != "all" && name != noarch && !slices.Contains(apk.Arches(), name) {
			v.at("arch", "Name some of them, or all, or noarch", "%q is not one of %s", name, strings.Join(apk.Arches(), ", "))
		}
	}
	if slices.Contains(words, noarch) {
		v.file.Architectures = []string{noarch}
	}
	r.Arches, r.Targets = v.arches()
	if !slices.Contains(words, noarch) {
		r.Arches = slices.DeleteFunc(slices.Clone(apk.Arches()), func(arch string) bool {
			return slices.Contains(words, "!"+arch) || !slices.Contains(words, arch) && !slices.Contains(words, "all")
		})
	}
}
