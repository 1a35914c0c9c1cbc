package recipe

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
)

// APKBUILD is an APKBUILD that the user wrote, which is built unchanged.
type APKBUILD struct {
	Path string            // as the user knows it
	Text string            // the file's content, for the positions of mistakes
	Vars map[string]string // its variables, as a shell reads them
}

var (
	ownName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`)
	ownRelease = regexp.MustCompile(`^[0-9]{1,9}$`)
)

// ownResolver collects the mistakes in an APKBUILD; the resolver holds the faults.
type ownResolver struct {
	*resolver
	APKBUILD
}

// FromAPKBUILD returns the recipe that an APKBUILD describes. Its error is config.Faults, each at the line that sets the
// variable.
func FromAPKBUILD(a APKBUILD, facts source.Facts, o Options) (*Recipe, error) {
	v := ownResolver{&resolver{file: &config.File{Path: a.Path}, facts: facts, options: o}, a}
	if o.Version != "" {
		v.flag("--version", "Change pkgver in "+a.Path, "the version comes from the APKBUILD")
	}
	r := &Recipe{
		Name: a.Vars["pkgname"], Version: a.Vars["pkgver"], Versioned: true, Release: v.pkgrel(),
		Description: a.Vars["pkgdesc"], URL: a.Vars["url"], License: a.Vars["license"], Maintainer: a.Vars["maintainer"],
		Branch: v.branch(), Repository: v.repository(), Compression: v.compression(),
		MakeDepends: v.words("makedepends"), CheckDepends: v.words("checkdepends"),
		Provides: v.words("provides"), Replaces: v.words("replaces"),
		Trace:        !slices.Contains(v.words("options"), "!tracedeps"),
		Strip:        !slices.Contains(v.words("options"), "!strip"),
		AllowSecrets: ownAllowed(a.Text),
		Exclude:      []string{"/src/", "/pkg/"}, // left by an earlier abuild
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
	v.spelling()
	v.versions()
	v.itself(r)
	v.characters()
	if len(v.faults) > 0 {
		return nil, v.sorted()
	}
	return r, nil
}

// allowSecrets is the comment by which an APKBUILD allows what build.allow_secrets does in a YAML file.
var allowSecrets = regexp.MustCompile(`(?m)^# *allow_secrets: *(.*)$`)

func ownAllowed(text string) []string {
	var globs []string
	for _, match := range allowSecrets.FindAllStringSubmatch(text, -1) {
		globs = append(globs, strings.Fields(match[1])...)
	}
	return installed(globs)
}

// words splits a list as the shell does: at no other white space than ASCII's.
func (v *ownResolver) words(name string) []string {
	return strings.FieldsFunc(v.Vars[name], func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })
}

// at notes a mistake where the variable is set, or for the whole file if it is not set.
func (v *ownResolver) at(name, hint, format string, args ...any) {
	v.faults = append(v.faults, config.Fault{Pos: v.place(name), Key: name, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (v *ownResolver) place(name string) config.Pos {
	set := regexp.MustCompile(`(?m)^[\t ]*(?:export +)?(` + regexp.QuoteMeta(name) + `)=`)
	return PlaceOf(v.Path, v.Text, set)
}

// PlaceOf returns the position of the first group that the pattern matches in the text; the whole file if it matches
// nothing.
func PlaceOf(file, text string, pattern *regexp.Regexp) config.Pos {
	match := pattern.FindStringSubmatchIndex(text)
	if len(match) < 4 {
		return config.Pos{File: file}
	}
	before := text[:match[2]]
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return config.Pos{File: file, Line: 1 + strings.Count(before, "\n"), Column: column}
}

func (v *ownResolver) pkgrel() int {
	text := v.Vars["pkgrel"]
	if text != "" && !ownRelease.MatchString(text) {
		v.at("pkgrel", "Write `pkgrel=0`", "%q is not a non-negative integer", text)
		return 0
	}
	n, _ := strconv.Atoi(text) // empty: reported by check
	return n
}

// check finds what no builder would accept, before anything is run.
func (v *ownResolver) check(r *Recipe) {
	for _, name := range []string{"pkgname", "pkgver", "pkgrel", "pkgdesc", "url", "arch", "license"} {
		if v.Vars[name] == "" {
			v.at(name, "An APKBUILD sets pkgname, pkgver, pkgrel, pkgdesc, url, arch and license", "is required")
		}
	}
	for _, name := range append([]string{r.Name}, subpackageNames(r)...) {
		if name != "" && !ownName.MatchString(name) {
			key := "subpackages"
			if name == r.Name {
				key = "pkgname"
			}
			v.at(key, "Use letters, digits and . _ + -, beginning with a letter or digit", "%q is not a valid package name", name)
		}
	}
	if err := apk.CheckVersion(r.Version); r.Version != "" && err != nil {
		v.at("pkgver", "Write it like 1.2.3 or 1.2.3_rc1", "%v", err)
	}
}

// characters refuses hidden characters in all variables: they would become part of names and dependencies that nobody
// can type.
func (v *ownResolver) characters() {
	for _, name := range slices.Sorted(maps.Keys(v.Vars)) {
		value := strings.NewReplacer("\t", " ", "\n", " ").Replace(v.Vars[name])
		i := config.Hidden(value)
		if i < 0 {
			continue
		}
		r, _ := utf8.DecodeRuneInString(value[i:])
		place := PlaceOf(v.Path, v.Text, regexp.MustCompile(
			`(?m)^[\t ]*(?:export +)?`+regexp.QuoteMeta(name)+`=(?s:.*?)(`+regexp.QuoteMeta(string(r))+`)`))
		if place.Line == 0 { // it comes from an expansion
			place = v.place(name)
		}
		v.faults = append(v.faults, config.Fault{
			Pos: place, Key: name, Message: "found the character " + config.CodePoint(r),
			Hint: "Replace it with an ordinary space, or remove it",
		})
	}
}

func subpackageNames(r *Recipe) []string {
	var names []string
	for _, s := range r.Subpackages {
		names = append(names, s.Name)
	}
	return names
}

// ownArches reads arch: names, "all" or "noarch", and exclusions with "!". The architectures whose index lists noarch
// packages are chosen as for a YAML file.
func (v *ownResolver) ownArches(r *Recipe) {
	words := v.words("arch")
	for _, word := range words {
		name := strings.TrimPrefix(word, "!")
		if name != "all" && name != noarch && !slices.Contains(apk.Arches(), name) {
			v.at("arch", "Use some of them, or all, or noarch", "%s", config.NotOneOf(name, apk.Arches()...))
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
