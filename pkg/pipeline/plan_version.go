package pipeline

import (
	"fmt"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

// noteVersion says, in a line for each, what about the version may surprise.
func noteVersion(f *config.File, facts source.Facts, r *recipe.Recipe, out console.Console) {
	warn := func(message, hint string) {
		out.Warn(config.Fault{Pos: f.Pos(""), Warning: true, Message: message, Hint: hint})
	}
	const history = "Fetch the history (actions/checkout: `fetch-depth: 0`), or name the version"
	fromTag := facts.Tag != "" && r.Versioned && !facts.Tagged
	switch {
	case !r.Versioned && facts.Shallow:
		warn("the checkout is shallow and holds no tag, so the version is "+r.Version, history)
	case !r.Versioned:
		out.Info("the version is %s, as no git tag names one, nor the key version, nor --version", r.Version)
	case facts.Shallow && fromTag && f.Version == "":
		warn("the checkout is shallow, so the version "+r.Version+" may come from an older tag", history)
	}
	if facts.OddTag != "" {
		out.Info("the tag %s, which started this run, names no version; the version is %s", facts.OddTag, r.Version)
	}
	if r.Translated != "" {
		out.Info("the version %s is %s in Alpine's order", r.Translated, r.Version)
	}
	if facts.Dirty {
		warn("the checkout has uncommitted changes, and they become part of version "+r.Version,
			"Commit them, so that the version identifies its content")
	}
}

// refuseUnversioned refuses to publish from a command line what the next build may be below, or may differ from under the
// same version.
func refuseUnversioned(plans []*Plan, o recipe.Options) error {
	if o.Version != "" || !o.Snapshot.IsZero() {
		return nil
	}
	const options = "or pass --snapshot, for a version below the next release, or --version"
	var failed usererror.Failures
	for _, p := range plans {
		switch {
		case p.Own:
		case p.Facts.Dirty:
			failed = append(failed, usererror.Failure{Err: usererror.Input(fmt.Errorf(
				"%s: the checkout has uncommitted changes, and version %s would hold them: commit them, %s", p.Dir, p.Recipe.Version,
				options))})
		case !p.Recipe.Versioned:
			failed = append(failed, usererror.Failure{Err: usererror.Input(fmt.Errorf(
				"%s: nothing names the version to publish: add a git tag like v1.2.3 or the key version, %s", p.Dir, options))})
		}
	}
	return failed.Join(len(plans))
}
