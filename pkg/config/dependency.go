package config

import (
	"fmt"
	"regexp"
	"strings"
)

// What apk accepts as a dependency: a package, a file, or a thing that a package provides (so:, cmd:, pc:), perhaps of
// a tagged repository, perhaps with a version.
const dependName = `/[A-Za-z0-9+._/-]+|[A-Za-z0-9+._-]+:[A-Za-z0-9+._:,/\[\]-]+|[A-Za-z0-9_][A-Za-z0-9+._-]*`

var (
	dependForm = regexp.MustCompile(`^!?(?P<name>` + dependName + `)` +
		`(?P<pin>@[A-Za-z0-9_.-]+)?(?:(?P<op>>=|<=|><|[<>]~|[~=<>])(?P<version>.*))?$`)
	// What people write who know a Dockerfile, Debian or RPM: other operators, spaces and parentheses.
	spelledForm = regexp.MustCompile(`^(!?(?:` + dependName + `)(?:@[A-Za-z0-9_.-]+)?)[ \t]*([<>=~]{1,3})[ \t]*([^ \t()]+)$`)
	debianForm  = regexp.MustCompile(`^(` + dependName + `)[ \t]*\([ \t]*([<>=~]{1,2})[ \t]*([^ \t()]+)[ \t]*\)$`)
	// apk 2 reads no number of more than 17 digits.
	apkVersion = regexp.MustCompile(`^[0-9]{1,17}(\.[0-9]{1,17})*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]{0,17})*` +
		`(~[0-9a-f]+)?(-r[0-9]{1,17})?$`)
	identity   = regexp.MustCompile(`^Q[12][A-Za-z0-9+/]+=*$`)
	preRelease = regexp.MustCompile(`^([0-9.]+)-?(alpha|beta|pre|rc)[.-]?([0-9]*)$`)
	// qualified is a package that Debian names together with an architecture.
	qualified = regexp.MustCompile(`^([a-z0-9][a-z0-9+.-]+):(any|native|all|amd64|arm64|armhf|i386)$`)
)

// otherOperators are spellings that mean one of apk's operators.
var otherOperators = map[string]string{
	"=~": "~", "~=": "~", "~~": "~", "==": "=", "===": "=", "=>": ">=", "=<": "<=", ">>": ">", "<<": "<", "<>": "><",
	"~>": "~", "~<": "<~",
}

// normalDependency returns a dependency as apk writes it: "curl =~ 8.12" and "curl (= 8.12)" are read too. It returns
// the text itself where it is no dependency with a version.
func normalDependency(text string) string {
	for _, form := range []*regexp.Regexp{spelledForm, debianForm} {
		m := form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		operator := m[2]
		if other, ok := otherOperators[operator]; ok {
			operator = other
		}
		if normal := m[1] + operator + m[3]; dependForm.MatchString(normal) {
			return normal
		}
	}
	return text
}

// parts of a dependency, "" where absent.
type depend struct{ name, op, version string }

// dependency checks an entry of a list of dependencies.
func (v *validator) dependency(at, text string) {
	d, ok := v.depend(at, text)
	if !ok || strings.HasPrefix(text, "!") {
		return
	}
	v.foreignName(at, d.name)
	if d.op == "=" && !strings.ContainsAny(d.name, ":/") && !strings.Contains(d.version, "-r") {
		v.caution(at, "Write `"+d.name+"~"+d.version+"`, or add the release, like `-r0`",
			"%s is met by no package whose version ends in a release, as Alpine's do", quote(text))
	}
}

// foreignName warns of the names that other distributions give to Alpine's packages.
func (v *validator) foreignName(at, name string) {
	ours, foreign := foreignNames[name]
	switch {
	case !foreign:
	case ours == "":
		v.caution(at, "Remove it", "%s is a package of other distributions, and Alpine does not need it", quote(name))
	default:
		v.caution(at, "For Alpine write `"+ours+"`", "%s is a name from other distributions", quote(name))
	}
}

// depend parses a dependency, and notes a fault if it is not one.
func (v *validator) depend(at, text string) (depend, bool) {
	d, pin, ok := parseDepend(text)
	if !ok {
		v.bad(at, dependHint(text), noDepend, quote(text))
		return d, false
	}
	if apkVersion.MatchString(pin) && d.op == "" {
		v.bad(at, "Write `"+d.name+"~"+pin+"`; the text after @ is the tag of a repository", "%s has a version behind @", quote(text))
		return d, false
	}
	if q := qualified.FindStringSubmatch(d.name); q != nil {
		v.bad(at, "Write `"+q[1]+"`; apk installs for the machine's own architecture", "%s names an architecture", quote(text))
		return d, false
	}
	if !d.readable() {
		v.bad(at, versionHint(d), noVersion, quote(d.version), quote(text))
		return d, false
	}
	return d, true
}

const (
	noDepend  = "%s is not a package name with or without a version"
	noVersion = "%s in %s is not an Alpine version"
)

// parseDepend returns the parts of a dependency, with the text behind its @.
func parseDepend(text string) (d depend, pin string, ok bool) {
	m := dependForm.FindStringSubmatch(text)
	if m == nil {
		return depend{}, "", false
	}
	part := func(name string) string { return m[dependForm.SubexpIndex(name)] }
	return depend{name: part("name"), op: part("op"), version: part("version")}, strings.TrimPrefix(part("pin"), "@"), true
}

// readable reports whether apk can read the version, if there is one.
func (d depend) readable() bool {
	return d.op == "" || apkVersion.MatchString(d.version) || d.op == "><" && identity.MatchString(d.version)
}

// versionHint says how to write a version that apk cannot read.
func versionHint(d depend) string {
	if p := preRelease.FindStringSubmatch(d.version); p != nil {
		return "Alpine writes it `" + p[1] + "_" + p[2] + p[3] + "`"
	}
	if strings.HasSuffix(d.version, "*") || strings.HasSuffix(d.version, ".x") {
		return "Write `" + d.name + "~" + strings.TrimRight(d.version, ".x*") + "`, for any version that begins with this one"
	}
	return "Alpine versions look like 1.2.3, 1.2.3_rc1 or 1.2.3-r4"
}

// VersionFault returns what is wrong with the version in a relation of an APKBUILD, or with its operator, and how to write it;
// "" where nothing is.
func VersionFault(text string) (message, hint string) {
	text = strings.TrimPrefix(text, "!")
	if !strings.ContainsAny(text, "<>=~") {
		return "", ""
	}
	if normal := normalDependency(text); normal != text {
		return quote(text) + " has no operator that abuild knows", "Write `" + normal + "`"
	}
	d, _, ok := parseDepend(text)
	if !ok {
		return fmt.Sprintf(noDepend, quote(text)), dependHint(text)
	}
	d.version, _, _ = strings.Cut(d.version, "@") // an APKBUILD may name the repository at the end
	if d.readable() {
		return "", ""
	}
	return fmt.Sprintf(noVersion, quote(d.version), quote(text)), versionHint(d)
}

// dependHint says how to write what is not a dependency.
func dependHint(text string) string {
	switch {
	case strings.ContainsRune(text, '|'):
		return "apk has no alternatives; name one package, or something that several packages provide"
	case strings.ContainsRune(text, '['), strings.ContainsRune(text, ','):
		return "Write one package per list item, with its name and at most one version, like `nodejs>=20`"
	case strings.ContainsAny(text, " \t") && !strings.ContainsAny(text, "<>=~"):
		return "Write one package per list item"
	case strings.ContainsRune(text, '$'):
		return "Variables are not expanded here; write the name"
	case strings.ContainsRune(text, '^'):
		return "apk has no ^; write `>=`, or `~` for any version that begins with this one"
	}
	return "Write it like `nodejs`, `nodejs>=20` or `!apache2`"
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
