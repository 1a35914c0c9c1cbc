package recipe

import (
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/source/version"
)

// noVersion is what the platform expects if nothing names a version; the release alone increases then.
const noVersion = "0.0.0"

const tagHint = "Give the version with --version or the key version, or write the tag like v1.2.3"

const versionHint = "Write it like 1.2.3 or 1.2.3-rc.1"

// version is the option's, else that of the tag which is being released, else the file's, else that of the git tag and
// the commits since, in Alpine's form. A dirty checkout has the version of its commit; Recipe.Commit says that it is dirty.
func (v *resolver) version(r *Recipe) {
	r.Versioned, r.Version = true, noVersion
	switch {
	case v.options.AnyVersion:
	case v.options.Version != "":
		v.written(r, v.options.Version, func(hint, message string) { v.flag("--version", hint, "%s", message) })
		v.checkTag(v.options.Version)
	case strings.TrimSpace(v.file.Version) != "" && !v.facts.Tagged:
		v.written(r, v.file.Version, func(hint, message string) { v.fault("version", hint, "%s", message) })
	case v.facts.OddTag != "":
		v.flag("tag "+v.facts.OddTag, tagHint, "this run was started for the tag, which names no version that Alpine can order")
	case v.facts.Tag == "":
		r.Versioned = false
		if v.snapshot() {
			r.Version = version.Snapshot(noVersion, 0, v.stamp())
		}
	default:
		v.tagged(r)
	}
}

// checkTag refuses a version other than that of the tag that the run was started for: one of them is a mistake, and what is
// published under the wrong one stays.
func (v *resolver) checkTag(written string) {
	tag, ok := version.ParseTag(v.facts.Tag)
	if !v.facts.Tagged || !ok {
		return
	}
	asked, errAsked := version.Translate(written)
	tagged, errTag := version.Translate(tag.Version)
	if errAsked == nil && errTag == nil && asked != tagged {
		v.flag("--version", "Leave it out, or start the run for the tag of that version",
			"%s is not the version of the tag %s, which this run was started for", strings.TrimSpace(written), v.facts.Tag)
	}
}

// written takes a version that the user wrote. It names what is released or will be: a snapshot comes before it.
func (v *resolver) written(r *Recipe, text string, fault func(hint, message string)) {
	r.Version = v.translate(text, fault)
	if !version.Faithful(text) {
		r.Translated = strings.TrimSpace(text)
	}
	if v.snapshot() {
		r.Version = version.Before(r.Version, v.stamp())
	}
}

// tagged takes the version of the git tag.
func (v *resolver) tagged(r *Recipe) {
	notag := func(_, message string) { v.flag("tag "+v.facts.Tag, tagHint, "%s", message) }
	tag, ok := version.ParseTag(v.facts.Tag)
	if !ok {
		notag("", "the tag contains no version that Alpine can compare")
		return
	}
	if !version.Faithful(strings.TrimLeft(strings.TrimPrefix(tag.Name, tag.Prefix), "/@-_")) {
		r.Translated = tag.Name
	}
	base := v.translate(tag.Version, notag)
	r.Version = version.After(base, v.facts.Distance)
	if v.snapshot() {
		r.Version = version.Snapshot(base, v.facts.Distance, v.stamp())
	}
}

func (v *resolver) snapshot() bool { return !v.options.Snapshot.IsZero() }

// stamp returns the time of the commit, so that the same commit makes the same snapshot, or that of the run where more than the commit
// is built.
func (v *resolver) stamp() string {
	at := v.facts.Time
	if v.facts.Dirty || v.facts.Commit == "" {
		at = v.options.Snapshot
	}
	return at.UTC().Format("20060102150405")
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
