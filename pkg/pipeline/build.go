// Package pipeline is the order of work: from applications and their YAML files to signed packages
// in a repository. Each stage takes the value of the one before it; none reaches back.
package pipeline

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/abuild"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store/open"
)

// BuildOptions are the options of a build.
type BuildOptions struct {
	Input
	Dirs        []string     // the applications' directories, each built by itself; empty: Input.Dir alone
	Jobs        int          // how many of them are built at once; 0: as many as there are processors
	Arch        string       // Alpine's name; empty: this machine's
	Native      bool         // refuse an Arch that this machine is not, unless the package is noarch
	Output      string       // directory of the local repository
	Builder     string       // one of Builders
	Roots       Roots        // for the builder "root"
	Isolation   string       // IsolationAuto or IsolationStrict; empty: auto
	Key         signing.Key  `json:"-"`
	Bucket      Bucket       `json:"-"`
	Cache       Cache        `json:"-"`
	SecondBuild *SecondBuild `json:"-"` // build a second time, and compare; nil: do not
	Secrets     []string     `json:"-"` // never printed
	Versioned   bool         `json:"-"` // publish to the bucket only what a version of its own names: no dirty checkout, not 0.0.0
	Try         bool         `json:"-"` // install the packages and start their services before anything is published
	Switch      bool         `json:"-"` // the machine is used only once: bring its Alpine to the release that is built for
}

// Build makes the packages of each application for one architecture, signs them, puts them into
// the local repository at o.Output and, where there is a bucket and nothing failed, into the bucket.
// When some of several applications fail, there are both a report, of the others, and an error, a
// usererror.Failures.
//
//nolint:funlen,gocyclo // the order of work, on one screen
func Build(ctx context.Context, o BuildOptions, out console.Console) (*report.Report, error) {
	ctx = console.TellWaits(ctx, out)
	run := console.NewStages(out)

	run.Begin("plan")
	if err := CheckOutput(ctx, o.Output); err != nil {
		return nil, err
	}
	o.Hidden = o.hidden()
	plans, err := planAll(ctx, o.Input, o.Dirs, o.outputs(), out)
	if err != nil {
		return nil, err
	}
	if o.Versioned && o.Bucket.URL != "" {
		if err := refuseUnversioned(plans, o.Recipe); err != nil {
			return nil, err
		}
	}
	if err := refuseGaps(plans, o.Isolation); err != nil {
		return nil, err
	}
	path := cmp.Or(o.Env["PATH"], o.Getenv("PATH"), builder.DefaultPath)
	with, err := o.choose(plans, path, out)
	if err != nil {
		return nil, err
	}
	keys, err := o.Key.Load(out)
	if err != nil {
		return nil, err
	}
	bucket, err := o.Bucket.openFor(ctx, plans, keys)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		debugPlan(p, with, out)
	}
	showAPKBUILDs(plans, out)
	kept, machineDigest, err := o.Cache.open(ctx, keys[0], path, out)
	if err != nil {
		return nil, err
	}
	defer func() { _ = kept.Close() }() // nothing was written through it
	machine := abuild.Machine{ApkCache: kept.Apk(), Outer: o.Getenv, Log: out.Output()}
	if err := switchAlpine(ctx, machine, plans, with.builder, o.Switch, o.Recipe.Alpine != "", out); err != nil {
		return nil, err
	}
	with.machine = machineDigest
	if with.roots, err = o.roots(with.builder, out); err != nil {
		return nil, err
	}
	copied := o.cacheCopy(ctx, plans, kept, keys[0], with.arch, with.roots != nil, out)
	if copied.wanted() {
		run.Begin("restore caches")
		copied.restore(ctx)
	}

	work, err := newWorkspace()
	if err != nil {
		return nil, err
	}
	defer work.remove()
	one := applicationBuild{
		toolset: with, cache: kept, force: o.Cache.Force, work: work, env: o.Env, getenv: o.Getenv, secrets: o.Secrets,
		strict: o.Isolation == IsolationStrict, hidden: o.Hidden, outputs: o.outputs(), signing: keys,
	}
	made, failed := buildAll(ctx, plans, o.Jobs, run, one.build)
	trimCache(kept, o.Cache.Limit, made, out)
	if len(made) == 0 {
		return nil, failed
	}

	if err := checkShared(made); err != nil {
		return nil, errors.Join(failed, err)
	}

	run.Begin("sign")
	if err := sign(ctx, made, keys); err != nil {
		return nil, err
	}

	if o.SecondBuild != nil {
		run.Begin("build again")
		if err := reproduce(ctx, o.second(made, with, work.dir), made, keys, work, out); err != nil {
			return nil, errors.Join(failed, err)
		}
	}

	if o.Try {
		run.Begin("try")
		if err := tryBuilt(ctx, made, o, work, out); err != nil {
			return nil, errors.Join(failed, err)
		}
	}

	run.Begin("publish")
	if failed != nil && bucket != nil {
		out.Info("nothing is published to the bucket, because not all applications were built")
		bucket = nil
	}
	rep, err := publishBuilt(ctx, made, keys, o.Output, o.Bucket, bucket, out)
	if err != nil {
		return nil, errors.Join(failed, err)
	}
	if failed == nil && copied.wanted() {
		run.Begin("save caches")
		copied.save(ctx)
	}
	rep.Arch, rep.Builder, rep.Stages = with.arch, with.builder.Name(), run.Stop()
	if kept != nil {
		reportCache(rep, made)
	}
	return rep, failed
}

// outputs returns the directories that the build writes to.
func (o BuildOptions) outputs() []string {
	return append(slices.Clone(o.Outputs), o.Output, o.Cache.Dir, open.Directory(o.Bucket.URL))
}

// showAPKBUILDs shows what is about to be built.
func showAPKBUILDs(plans []*Plan, out console.Console) {
	for _, p := range plans {
		out.Show("APKBUILD", string(p.Directory[0].Body))
	}
}

// sign replaces the signatures of the packages, if any, with the keys': outside the build, which
// never sees them.
func sign(ctx context.Context, made []*built, keys []*apk.PrivateKey) error {
	for _, b := range made {
		for _, file := range b.packages {
			if err := apk.SignFile(ctx, file, file, keys...); err != nil {
				return err
			}
		}
	}
	return nil
}
