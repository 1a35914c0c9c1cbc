package config

import (
	"regexp"
	"strings"
)

// What apk accepts as a dependency: a package, a file, or a thing that a package provides (so:, cmd:, pc:), perhaps of
// a tagged repository, perhaps with a version.
var (
	dependForm = regexp.MustCompile(`^!?` +
		`(?P<name>/[A-Za-z0-9+._/-]+|[A-Za-z0-9+._-]+:[A-Za-z0-9+._:,/\[\]-]+|[A-Za-z0-9_][A-Za-z0-9+._-]*)` +
		`(?P<pin>@[A-Za-z0-9_.-]+)?(?:(?P<op>>=|<=|><|[=<>]?~=?|=~|=|<|>)(?P<version>.*))?$`)
	apkVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*(~[0-9a-f]+)?(-r[0-9]+)?$`)
	identity   = regexp.MustCompile(`^Q[12][A-Za-z0-9+/]+=*$`)
	preRelease = regexp.MustCompile(`^([0-9.]+)-?(alpha|beta|pre|rc)[.-]?([0-9]*)$`)
)

// parts of a dependency, "" where absent.
type depend struct{ name, op, version string }

// dependency checks an entry of a list of dependencies.
func (v *validator) dependency(at, text string) { v.depend(at, text) }

// depend parses a dependency, and notes a fault if it is not one.
func (v *validator) depend(at, text string) (depend, bool) {
	m := dependForm.FindStringSubmatch(text)
	if m == nil {
		hint := "Write it like `nodejs`, `nodejs>=20` or `!apache2`"
		switch {
		case strings.ContainsAny(text, "<>=~") && strings.ContainsAny(text, " \t"):
			hint = "Write it without spaces, `" + strings.Join(strings.Fields(text), "") + "`"
		case strings.ContainsAny(text, " \t"):
			hint = "Write one package per list item"
		case strings.ContainsRune(text, '$'):
			hint = "Variables are not expanded here; write the name"
		case strings.ContainsRune(text, '^'):
			hint = "apk has no ^; write `>=`, or `~` for any version that begins with this one"
		}
		v.bad(at, hint, "%s is not a package name with or without a version", quote(text))
		return depend{}, false
	}
	part := func(name string) string { return m[dependForm.SubexpIndex(name)] }
	d := depend{name: part("name"), op: part("op"), version: part("version")}
	if d.op == "" || apkVersion.MatchString(d.version) || d.op == "><" && identity.MatchString(d.version) {
		return d, true
	}
	hint := "Alpine versions look like 1.2.3, 1.2.3_rc1 or 1.2.3-r4"
	if p := preRelease.FindStringSubmatch(d.version); p != nil {
		hint = "Alpine writes it `" + p[1] + "_" + p[2] + p[3] + "`"
	}
	v.bad(at, hint, "%s in %s is not an Alpine version", quote(d.version), quote(text))
	return d, false
}

// provided checks an entry of provides.
func (v *validator) provided(at, text string) {
	d, ok := v.depend(at, text)
	if ok && (strings.HasPrefix(text, "!") || d.op != "" && d.op != "=") {
		v.bad(at, "Write it like `my-api` or `my-api=1.0`", "%s is not a name with or without `=` and a version", quote(text))
	}
}

// other checks the name of another package, which has no `!`.
func (v *validator) other(at, text string) {
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		v.bad(at, "Write `"+rest+"`", "%s begins with !, which this key implies", quote(text))
		return
	}
	v.depend(at, text)
}
