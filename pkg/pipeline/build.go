// Package pipeline is the order of work: from applications and their YAML files to signed packages
// in a repository. Each stage takes the value of the one before it; none reaches back.
package pipeline

import (
	"context"
	"errors"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/signing"
)

// BuildOptions is what a build needs to be told.
type BuildOptions struct {
	Input
	Dirs      []string          // the applications' directories, each built by itself; empty: Input.Dir alone
	Jobs      int               // how many of them are built at once; 0: as many as there are processors
	Arch      string            // Alpine's name; empty: this machine's
	Native    bool              // refuse an Arch that this machine is not, unless the package is noarch
	Output    string            // directory of the local repository
	Builder   string            // "auto", "abuild", "native"
	Isolation string            // IsolationAuto or IsolationStrict; empty: auto
	Key       signing.Key       `json:"-"`
	Bucket    Bucket            `json:"-"`
	Env       map[string]string // added to the build's environment
	Cache     Cache             `json:"-"`
	Again     *Again            `json:"-"` // build a second time, and compare; nil: do not
	Secrets   []string          `json:"-"` // never printed
	Switch    bool              `json:"-"` // the machine is thrown away afterwards: bring its Alpine to the release that is built for
}

// Build makes the packages of each application for one architecture, signs them, puts them into
// the local repository at o.Output and, where there is a bucket and nothing failed, into the bucket.
// When some of several applications fail, there are both a report, of the others, and an error, a
// Failures.
func Build(ctx context.Context, o BuildOptions, out console.Console) (*report.Report, error) {
	w := console.NewStages(out)

	w.Begin("plan")
	plans, err := o.plans(ctx, out)
	if err != nil {
		return nil, err
	}
	t, err := o.target(ctx, plans, out)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.cache.Close() }()

	work, err := newWorkspace()
	if err != nil {
		return nil, err
	}
	defer work.remove()
	made, failed := buildAll(ctx, plans, o.Jobs, w, func(p *Plan, own *console.Stages) (*built, error) {
		return p.build(ctx, o, t, work, own)
	})
	t.trimCache(o.Cache.Limit, made, out)
	if len(made) == 0 {
		return nil, failed
	}

	w.Begin("sign")
	if err := sign(ctx, made, t.keys); err != nil {
		return nil, err
	}

	if o.Again != nil {
		w.Begin("build again")
		if err := reproduce(ctx, o, t, made, work, out); err != nil {
			return nil, errors.Join(failed, err)
		}
	}

	w.Begin("publish")
	if failed != nil && t.bucket != nil {
		out.Info("nothing is published to the bucket, as not all applications were built")
		t.bucket = nil
	}
	rep, err := publish(ctx, made, t, o.Output, out)
	if err != nil {
		return nil, errors.Join(failed, err)
	}
	rep.Arch, rep.Builder, rep.Stages = t.arch, t.builder.Name(), w.Stop()
	t.reportCache(rep, made)
	return rep, failed
}

// build makes the packages of one application, or takes those of a build of the same, and looks into them.
func (p *Plan) build(ctx context.Context, o BuildOptions, t target, work *workspace, w *console.Stages) (*built, error) {
	w.Begin("copy the sources")
	job, err := p.job(ctx, work, o)
	if err != nil {
		return nil, err
	}
	job.Arch, job.Log = t.arch, w.Output()
	job.CacheDir, job.ApkCache = job.OwnCaches(p.cache(t).Tools()), t.cache.Apk()
	job.Progress = func(stage string) { w.Begin(stage + " (" + t.builder.Name() + ")") }
	b, err := p.identify(job, t)
	if err != nil {
		return nil, err
	}
	if !o.Cache.Force {
		b.packages, err = p.cache(t).Take(b.digest, job.Output)
		var untrusted *cache.UntrustedError
		if errors.As(err, &untrusted) {
			w.Warn(config.Fault{Message: err.Error(), Warning: true, Hint: "The application is built again. Let nobody else write to the cache directory"})
		} else if err != nil {
			return nil, err
		}
	}
	if b.skipped = len(b.packages) > 0; b.skipped {
		w.Info("unchanged: the packages of an earlier build are taken")
	} else if b.packages, err = p.run(ctx, t.builder, job); err != nil {
		return nil, p.located(err, job.Dir)
	}
	if err := job.Release(); err != nil {
		return nil, err
	}
	if err := p.appeared(b.packages); err != nil {
		return nil, err
	}
	if b.largest, err = inspect(b.packages, job.Dir, p.warn(w)); err != nil {
		return nil, err
	}
	if !b.skipped {
		b.keep(t, w)
	}
	return b, nil
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
