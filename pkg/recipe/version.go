package recipe

import (
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/source/version"
)

// noVersion is what the platform expects if nothing names a version; the release alone increases then.
const noVersion = "0.0.0"

const versionHint = "Write it like 1.2.3 or 1.2.3-rc.1"

// version is the option's, else that of the tag which is being released, else the file's, else that of the git tag and
// the commits since, in Alpine's form.
// A dirty checkout has the version of its commit; Recipe.Commit says that it is dirty.
func (v *resolver) version() string {
	switch {
	case v.options.Version != "":
		return v.translate(v.options.Version, func(hint, message string) { v.flag("--version", hint, "%s", message) })
	case strings.TrimSpace(v.file.Version) != "" && !v.facts.Tagged:
		return v.translate(v.file.Version, func(hint, message string) { v.fault("version", hint, "%s", message) })
	case v.facts.Tag == "":
		return noVersion
	}
	notag := func(_, message string) {
		v.flag("tag "+v.facts.Tag, "Give the version with --version or the key version", "%s", message)
	}
	tag, ok := version.ParseTag(v.facts.Tag)
	if !ok {
		notag("", "the tag contains no version that Alpine can compare")
		return noVersion
	}
	return v.translate(version.After(tag.Version, v.facts.Distance), notag)
}

// translate returns the version in Alpine's form, or reports why there is none.
func (v *resolver) translate(written string, fault func(hint, message string)) string {
	translated, err := version.Translate(written)
	if err == nil {
		err = apk.CheckVersion(translated)
	}
	if err == nil {
		return translated
	}
	hint := versionHint
	if strings.Contains(err.Error(), "release") {
		hint += "; the release after it comes from --release"
	}
	fault(hint, err.Error())
	return noVersion
}
