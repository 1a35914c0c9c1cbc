package pipeline

import (
	"cmp"
	"context"
	"os"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
)

// Cache says what builds leave to later builds.
type Cache struct {
	Dir   string // empty: nothing
	Limit int64  // how large it may be once the build has ended, in bytes; 0: as large as it gets
	Force bool   // build although a build of the same is kept
}

// openCache opens the cache, if there is one.
func (o BuildOptions) openCache(ctx context.Context, t *target) (err error) {
	if o.Cache.Dir != "" {
		t.cache, err = cache.Open(ctx, o.Cache.Dir, t.keys[0].PEM())
	}
	return err
}

// cache returns the part of the cache that belongs to the repository of the application.
func (p *Plan) cache(t target) *cache.Repository {
	return t.cache.Repository(cmp.Or(p.Facts.RemoteURL, p.Facts.Repository, p.Dir))
}

// identifyMachine takes down what the machine builds with: once, as a build may install what it depends on.
func (o BuildOptions) identifyMachine(t *target) error {
	if t.cache == nil {
		return nil
	}
	machine := cache.NewDigest()
	err := machine.Machine(cmp.Or(o.Env["PATH"], o.Getenv("PATH"), builder.DefaultPath))
	t.machine = machine.String()
	return err
}

// digest returns the key of all that the packages of a job are made from: the builder, its machine, the inputs, the
// environment, the files. What the build fetches from the network is not part of it.
func (t target) digest(branch string, job builder.Job) (string, error) {
	d := cache.NewDigest()
	d.Add("machine", t.machine)
	d.Add("builder", t.builder.Name())
	d.Add("root", os.Geteuid() == 0)
	d.Add("branch", branch)
	d.Add("inputs", job.Inputs)
	job.CacheDir = "" // wherever it lies
	d.Add("environment", job.Environment("/home"))
	err := d.Tree(job.Dir)
	return d.String(), err
}

// identify takes down what is built. The build has not begun: it may change its directory.
func (p *Plan) identify(job builder.Job, t target) (b *built, err error) {
	b = &built{plan: p}
	if t.cache == nil {
		return b, nil
	}
	locks := cache.NewDigest()
	if err := locks.LockFiles(job.Dir); err != nil {
		return nil, err
	}
	b.locks = locks.String()
	b.digest, err = t.digest(p.Recipe.Branch, job)
	return b, err
}

// keep keeps the packages for the next build. One that cannot be kept was built all the same.
func (b *built) keep(t target, out console.Console) {
	if err := b.plan.cache(t).Keep(b.digest, b.packages); err != nil {
		out.Info("the packages of %s are not kept in the cache: %v", b.plan.Recipe.Name, err)
	}
}

// trimCache keeps the cache within its limit where something may have been added to it.
func (t target) trimCache(limit int64, made []*built, out console.Console) {
	if limit == 0 || len(made) > 0 && len(skipped(made)) == len(made) {
		return
	}
	removed, err := t.cache.Trim(limit)
	if err != nil {
		out.Info("the cache is not kept within its limit: %v", err)
	}
	for _, name := range removed {
		out.Info("removed %s from the cache, to keep it within its limit", name)
	}
}

// skipped names the applications that were not built, as a build of the same is kept.
func skipped(made []*built) []string {
	var names []string
	for _, b := range made {
		if b.skipped {
			names = append(names, b.plan.Recipe.Name)
		}
	}
	return names
}

// reportCache tells what was taken from the cache, and returns a key for a copy of it, which changes with the
// dependencies of the applications.
func (t target) reportCache(rep *report.Report, made []*built) {
	if t.cache == nil {
		return
	}
	rep.Skipped = skipped(made)
	d := cache.NewDigest()
	for _, b := range made {
		d.Add(b.plan.Recipe.Name, b.locks)
	}
	rep.CacheRestoreKey = "pakman-" + t.arch + "-" + made[0].plan.Recipe.Branch + "-"
	rep.CacheKey = rep.CacheRestoreKey + d.String()[:16]
}
