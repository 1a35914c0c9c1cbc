// Package pipeline is the order of work: from an application and its YAML file to signed packages
// in a repository. Each stage takes the value of the one before it; none reaches back.
package pipeline

import (
	"context"
	"path/filepath"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/dir"
)

// BuildOptions is what a build needs to be told.
type BuildOptions struct {
	Input
	Arch     string // Alpine's name; empty: this machine's
	Output   string // directory of the local repository
	Builder  string // "auto", "abuild", "native"
	Key      Key
	Bucket   Bucket
	Env      map[string]string // added to the build's environment
	CacheDir string            // the toolchains' caches
	Secrets  []string          // never printed
}

// Build makes the packages of one application for one architecture, signs them, puts them into
// the local repository at o.Output and, where there is a bucket, into the bucket.
func Build(ctx context.Context, o BuildOptions, console Console) (*report.Report, error) {
	watch := newWatch(console)

	watch.stage("plan")
	plan, err := NewPlan(ctx, o.Input, console)
	if err != nil {
		return nil, err
	}
	b, err := chooseBuilder(o.Builder)
	if err != nil {
		return nil, err
	}
	arch, err := plan.arch(o.Arch)
	if err != nil {
		return nil, err
	}
	bucket, err := o.Bucket.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := bucket.increases(ctx, plan.Recipe); err != nil {
		return nil, err
	}
	key, err := o.Key.load(console)
	if err != nil {
		return nil, err
	}
	console.Show("APKBUILD", string(plan.Directory[0].Body))

	watch.stage("copy the sources")
	work, err := newWorkspace()
	if err != nil {
		return nil, err
	}
	defer work.remove()
	job, err := plan.job(ctx, work, o)
	if err != nil {
		return nil, err
	}
	job.Arch, job.Log = arch, console.Output()
	job.Progress = func(stage string) { watch.stage(stage + " (" + b.Name() + ")") }
	built, err := b.Build(ctx, job)
	if err != nil {
		return nil, plan.located(err)
	}
	if err := inspect(built, job.Dir, plan.warn(console)); err != nil {
		return nil, err
	}

	watch.stage("sign")
	if err := sign(ctx, built, key); err != nil {
		return nil, err
	}

	watch.stage("publish")
	rep, err := plan.publish(ctx, built, key, bucket, o.Output, console)
	if err != nil {
		return nil, err
	}
	rep.Arch, rep.Builder, rep.Stages = arch, b.Name(), watch.stop()
	return rep, nil
}

// sign replaces the signatures of the packages, if any, with key's: outside the build, which
// never sees the key.
func sign(ctx context.Context, packages []string, key *apk.PrivateKey) error {
	for _, file := range packages {
		if err := apk.SignFile(ctx, file, file, key); err != nil {
			return err
		}
	}
	return nil
}

// publish puts the packages into the local repository, then into the bucket.
func (p *Plan) publish(ctx context.Context, packages []string, key *apk.PrivateKey, bucket *openBucket, output string, console Console) (*report.Report, error) {
	output, err := filepath.Abs(output)
	if err != nil {
		return nil, err
	}
	local, err := dir.New(output)
	if err != nil {
		return nil, err
	}
	request := repository.Request{
		Location:  repository.Location{Branch: p.Recipe.Branch, Repository: p.Recipe.Repository},
		Packages:  packages,
		NoarchFor: p.Recipe.Targets,
		Keys:      []*apk.PrivateKey{key},
		Overwrite: true, // a developer builds one version many times
	}
	done, err := put(ctx, local, request, console)
	if err != nil {
		return nil, err
	}
	rep, err := newReport(done, key, output, p.Recipe.Name)
	if err != nil || bucket == nil {
		return rep, err
	}
	request.Overwrite = bucket.overwrite
	if done, err = put(ctx, bucket.store, request, console); err != nil {
		return nil, err
	}
	return newReport(done, key, output, p.Recipe.Name)
}
