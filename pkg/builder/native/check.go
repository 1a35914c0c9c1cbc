package native

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// What an APKBUILD may say.
var (
	plainName   = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._+-]*$`)
	fileName    = regexp.MustCompile(`^[A-Za-z0-9+@~._-]+$`)
	digits      = regexp.MustCompile(`^[0-9]+$`)
	maintainer  = regexp.MustCompile(`^\S.* <[^<>]*@[^<>]*\.[^<>]*>$`)
	scriptKinds = []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall"}
)

// maxDescription is how long apk's tools take a pkgdesc to be, with its line's end.
const maxDescription = 127

// check finds what abuild would refuse, before anything is run.
func (m *metadata) check(arch string, files given) error {
	for _, check := range []func() error{
		m.checkValues, m.checkNames, m.checkFunctions,
		func() error { return m.checkArch(arch) },
		func() error { return m.checkScripts(files) },
		func() error { return m.checkSources(files) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (m *metadata) checkValues() error {
	for _, name := range []string{"pkgver", "pkgrel", "pkgdesc", "url", "license"} {
		if m.get(name) == "" {
			return builder.Refuse("the APKBUILD has no %s", name)
		}
	}
	if err := apk.CheckVersion(m.get("pkgver")); err != nil {
		return builder.Refuse("pkgver: %v", err)
	}
	if !digits.MatchString(m.get("pkgrel")) {
		return builder.Refuse("pkgrel: %q is not a non-negative integer", m.get("pkgrel"))
	}
	if desc := m.get("pkgdesc"); len(desc) > maxDescription || strings.Contains(desc, "\n") {
		return builder.Refuse("pkgdesc is longer than %d bytes or one line", maxDescription)
	}
	if who := m.get("maintainer"); who != "" && !maintainer.MatchString(who) {
		return builder.Refuse("maintainer: %q is not of the form Name <name@example.org>", who)
	}
	for _, name := range []string{"replaces_priority", "provider_priority"} {
		if v := m.get(name); v != "" && !digits.MatchString(v) {
			return builder.Refuse("%s: %q is not a non-negative integer", name, v)
		}
	}
	for _, word := range m.words("makedepends") {
		if err := checkDependency(word); err != nil {
			return err
		}
	}
	return m.checkRelations()
}

// checkRelations checks what a package says of others. apk 2 reads no index that lists a package with a wrong version here.
func (m *metadata) checkRelations() error {
	for _, name := range []string{"depends", "provides", "replaces", "install_if"} {
		for _, word := range m.words(name) {
			if err := checkDependency(word); err != nil {
				return builder.Refuse("%s: %v", name, err)
			}
		}
	}
	return nil
}

var dependency = regexp.MustCompile(`^!?[^<>=~]+(?:(<|>|=|~|>=|<=|>~|<~)([^<>=~@]+))?(?:@.+)?$`)

// checkDependency checks the version in a dependency such as nodejs>=20.
func checkDependency(word string) error {
	match := dependency.FindStringSubmatch(word)
	if match == nil {
		return builder.Refuse("dependency %q: expected one of < > = ~ >= <= >~ <~ between name and version", word)
	}
	if match[2] != "" {
		if err := apk.CheckVersion(match[2]); err != nil {
			return builder.Refuse("dependency %q: %v", word, err)
		}
	}
	return nil
}

// checkNames checks the names of the packages.
func (m *metadata) checkNames() error {
	seen := map[string]bool{}
	for _, entry := range append([]string{m.get("pkgname")}, m.words("subpackages")...) {
		name, _, _ := strings.Cut(entry, ":")
		switch {
		case !plainName.MatchString(name):
			return builder.Refuse("%q is not a package name: use letters, digits and . _ + - after a letter or digit", name)
		case seen[name]:
			return builder.Refuse("two packages are called %s", name)
		}
		seen[name] = true
	}
	return nil
}

func (m *metadata) checkFunctions() error {
	if !m.functions["package"] {
		return builder.Refuse("the APKBUILD has no package() function")
	}
	for _, entry := range m.words("subpackages") {
		name, _, _ := strings.Cut(entry, ":")
		if !m.functions[splitFunction(entry)] {
			return builder.Refuse("subpackage %s has no split function %s()", name, splitFunction(entry))
		}
	}
	return nil
}

func (m *metadata) checkArch(arch string) error {
	allowed := m.words("arch")
	if slices.Contains(allowed, "!"+arch) || !slices.Contains(allowed, arch) && !slices.Contains(allowed, "all") &&
		!slices.Contains(allowed, "noarch") {
		return builder.Refuse("the APKBUILD is for %s, and this build is for %s", strings.Join(allowed, " "), arch)
	}
	return nil
}

func (m *metadata) owns(name string) bool {
	return name == m.get("pkgname") || slices.ContainsFunc(m.words("subpackages"), func(entry string) bool {
		sub, _, _ := strings.Cut(entry, ":")
		return sub == name
	})
}

func (m *metadata) checkScripts(files given) error {
	for _, script := range m.words("install") {
		i := strings.LastIndexByte(script, '.')
		if i < 0 || !slices.Contains(scriptKinds, script[i+1:]) || !m.owns(script[:i]) {
			return builder.Refuse("install script %s: its name is that of the package or a subpackage and one of .%s", script,
				strings.Join(scriptKinds, " ."))
		}
		if _, ok := files[script]; !ok {
			return builder.Refuse("install script %s is missing, or is not a regular file of at most %d MiB", script, maxGiven>>20)
		}
	}
	for _, trigger := range m.words("triggers") {
		script, _, ok := strings.Cut(trigger, "=")
		name, isTrigger := strings.CutSuffix(script, ".trigger")
		if !ok || !isTrigger || !m.owns(name) {
			return builder.Refuse("trigger %s is not of the form PACKAGE.trigger=/directory:/directory", trigger)
		}
		if _, ok := files[script]; !ok {
			return builder.Refuse("trigger script %s is missing, or is not a regular file of at most %d MiB", script, maxGiven>>20)
		}
	}
	return nil
}

// checkSources checks the names; their sums are checked when they are taken.
func (m *metadata) checkSources(files given) error {
	for _, entry := range m.words("source") {
		name := sourceName(entry)
		if !fileName.MatchString(name) {
			return builder.Refuse("source %s: a file name has letters, digits and + @ ~ . _ -", entry)
		}
		if isRemote(entry) {
			return builder.Refuse(
				"source %s: the native builder takes only files next to the APKBUILD; download it in prepare or build, or use --builder "+
					"abuild", entry)
		}
		if strings.HasSuffix(name, ".initd") && !files.startsWith(name, "/sbin/openrc-run") {
			return builder.Refuse("%s: an OpenRC script begins with #!/sbin/openrc-run", name)
		}
	}
	return nil
}

// startsWith reports whether the file's first line is a #! line that ends in program. A file that is
// missing passes: it is reported as a missing source.
func (g given) startsWith(name, program string) bool {
	text, ok := g[name]
	line, _, _ := strings.Cut(string(text), "\n")
	return !ok || strings.HasPrefix(line, "#!") && strings.HasSuffix(strings.TrimSpace(line), program)
}
