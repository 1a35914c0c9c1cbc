package abuild

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// comparison holds a package that abuild made to the plan.
type comparison struct {
	plan  builder.Plan
	job   builder.Job
	files *inventory // of the package
	// prefixes: the APKBUILD says what is put before the names of libraries and modules.
	prefixes bool
}

// compare refuses a package that says anything of itself that was not planned and that is not found in its files.
func (c comparison) compare(got *apk.Package) error {
	planned := c.plan.Find(got.Info.Name)
	if planned == nil {
		return builder.Refuse("abuild made the package %s, which is not planned: the APKBUILD is for %s", got.Info.Name,
			strings.Join(c.plan.Names(), ", "))
	}
	where := "package " + planned.Info.Name
	if err := compareFields(where, c.fields(planned.Info), c.fields(got.Info)); err != nil {
		return err
	}
	if err := compareScripts(where, planned.Scripts, got.Scripts); err != nil {
		return err
	}
	for _, l := range []struct {
		name         string
		planned, got []string
		found        func(string) bool
	}{
		{"provides", planned.Info.Provides, got.Info.Provides, c.provided},
		{"depends", planned.Info.Depends, got.Info.Depends, c.needed},
	} {
		if err := compareLists(where, l.name, l.planned, l.got, l.found); err != nil {
			return err
		}
	}
	return nil
}

type field struct{ name, value string }

// fields returns the fields that must be as planned.
func (c comparison) fields(i apk.Info) []field {
	if c.job.Commit == "" {
		i.Commit = "" // abuild asks git for it
	}
	return []field{
		{"pkgname", i.Name}, {"pkgver", i.Version}, {"arch", i.Arch}, {"origin", i.Origin}, {"pkgdesc", i.Description}, {"url", i.URL},
		{"license", strings.Join(strings.Fields(i.License), " ")}, {"maintainer", i.Maintainer}, {"packager", i.Packager},
		{"commit", i.Commit},
		{"builddate", strconv.FormatInt(i.BuildDate, 10)}, {"replaces", strings.Join(i.Replaces, " ")},
		{"replaces_priority", strconv.Itoa(i.ReplacesPriority)}, {"provider_priority", strconv.Itoa(i.ProviderPriority)},
		{"install_if", strings.Join(i.InstallIf, " ")}, {"triggers", strings.Join(i.Triggers, " ")},
	}
}

func compareFields(where string, planned, got []field) error {
	for i, p := range planned {
		if p.value != got[i].value {
			return builder.Unplanned(where, p.name, p.value, got[i].value)
		}
	}
	return nil
}

// compareScripts holds the install scripts to what they were before the build.
func compareScripts(where string, planned, got []apk.Script) error {
	for _, s := range got {
		i := slices.IndexFunc(planned, func(p apk.Script) bool { return p.Name == s.Name })
		if i < 0 {
			return builder.Refuse("%s: abuild packed the script %s, which the APKBUILD did not name when it was read before the build",
				where, s.Name)
		}
		if !bytes.Equal(planned[i].Body, s.Body) {
			return builder.Refuse("%s: its script %s is not what it was before the build", where, s.Name)
		}
	}
	if len(got) != len(planned) {
		return builder.Refuse("%s: it has %d install scripts, and %d are planned", where, len(got), len(planned))
	}
	return nil
}

// compareLists refuses a word that was not planned, unless it is found in the files, and one that is missing.
func compareLists(where, name string, planned, got []string, found func(string) bool) error {
	for _, word := range got {
		if !slices.Contains(planned, word) && !found(word) {
			return fmt.Errorf("%w (%q does not come from a file of the package)",
				builder.Unplanned(where, name, strings.Join(planned, " "), strings.Join(got, " ")), word)
		}
	}
	for _, word := range planned {
		if !slices.Contains(got, word) {
			return builder.Unplanned(where, name, strings.Join(planned, " "), strings.Join(got, " "))
		}
	}
	return nil
}

var provide = regexp.MustCompile(`^(cmd|so|pc|py[0-9.]+):([^\s<>=~]+)=([^\s<>=~]+)$`)

// provided reports whether a file of the package provides the word.
func (c comparison) provided(word string) bool {
	match := provide.FindStringSubmatch(word)
	if match == nil {
		return false
	}
	kind, name, version := match[1], c.unprefixed(match[2]), match[3]
	switch kind {
	case "so":
		return c.files.library(name, version)
	case "pc":
		return c.files.provides["pc:"+name+"="+version]
	}
	return c.files.provides[kind+":"+match[2]] && version == c.version()
}

// unprefixed takes what sonameprefix and pcprefix put before a name off it, which end in a colon.
func (c comparison) unprefixed(name string) string {
	if c.prefixes {
		return name[strings.LastIndexByte(name, ':')+1:]
	}
	return name
}

// traced begins the dependencies that abuild finds in files: libraries and modules.
var traced = regexp.MustCompile(`^(so|pc):(.+)$`)

// needed reports whether a dependency is one that abuild finds: those, or another package of this build.
func (c comparison) needed(word string) bool {
	if match := traced.FindStringSubmatch(word); match != nil {
		return c.files.needs[match[1]+":"+c.unprefixed(match[2])]
	}
	if c.files.needs[word] { // pkgconfig, Python
		return true
	}
	// Releases of abuild differ in which usual subpackage keeps the main package's dependencies, and in whether the static
	// libraries need the headers.
	if c.plan.Find(word) != nil || slices.Contains(c.plan[0].Info.Depends, word) {
		return true
	}
	name, version, ok := strings.Cut(strings.TrimPrefix(word, "!"), "=")
	if conflict := strings.HasPrefix(word, "!"); conflict { // symbols are for one version
		i := strings.IndexAny(word, "<>")
		if i < 0 {
			return false
		}
		name, version, ok = word[1:i], word[i+1:], true
	}
	return ok && c.plan.Find(name) != nil && version == c.version()
}

func (c comparison) version() string { return c.plan[0].Info.Version }
