package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
)

// Cache says what builds leave to later builds.
type Cache struct {
	Dir   string // empty: nothing
	Limit int64  // how large it may be once the build has ended, in bytes; 0: as large as it gets
	Force bool   // build although a build of the same is kept
	// Copies keeps copies of the tools' caches beyond this machine; nil: there are none.
	Copies CacheCopies `json:"-"`
}

// open opens the cache, whose packages are authenticated with the key, and returns a digest of the programs on a PATH: once, as a
// build may install what it depends on. A cache only helps: it returns nil, which is a cache that keeps nothing, where there is
// none, and warns where there can be none.
func (c Cache) open(ctx context.Context, key *apk.PrivateKey, path string, out console.Console) (*cache.Cache, string, error) {
	if c.Dir == "" {
		console.Debug(out, "cache: there is no directory for it: nothing is taken from it and nothing is kept")
		return nil, "", nil
	}
	machine := cache.NewDigest()
	opened, err := cache.Open(ctx, c.Dir, key.PEM())
	if err == nil {
		if err = machine.Machine(path); err == nil {
			return opened, machine.String(), nil
		}
		err = errors.Join(fmt.Errorf("cache: the programs of this machine cannot be read: %w", err), opened.Close())
	}
	if ctx.Err() != nil {
		return nil, "", err
	}
	out.Warn(config.Fault{Message: err.Error(), Warning: true, Hint: "The build goes on without a cache"})
	return nil, "", nil
}

// jobDigest returns the key of all that the packages of a job are made from: the builder, its machine, the inputs, the
// environment, the files. What the build fetches from the network is not part of it.
func jobDigest(with toolset, branch string, job builder.Job) (string, error) {
	d := cache.NewDigest()
	d.Add("machine", with.machine)
	d.Add("builder", with.builder.Name())
	d.Add("root", os.Geteuid() == 0)
	d.Add("branch", branch)
	d.Add("inputs", job.Inputs)
	job.CacheDir = "" // wherever it lies
	if job.Root != "" {
		if err := d.Installed(job.Root); err != nil {
			return "", err
		}
	}
	d.Add("environment", job.Environment("/home"))
	err := d.Tree(job.Dir)
	return d.String(), err
}

// cacheKeys returns digests of the files that name a job's dependencies, and of all that its packages are made from.
func cacheKeys(with toolset, branch string, job builder.Job) (locks, digest string, err error) {
	d := cache.NewDigest()
	if err := d.LockFiles(job.Dir); err != nil {
		return "", "", err
	}
	digest, err = jobDigest(with, branch, job)
	return d.String(), digest, err
}

// takeKept takes the packages of a digest from the cache to the directory. It returns none where the cache has none, or
// was written to by others, which it warns of.
func takeKept(kept *cache.Repository, digest, to string, out console.Console) ([]string, error) {
	packages, err := kept.Take(digest, to)
	if kept != nil && err == nil && len(packages) == 0 {
		console.Debug(out, "cache: it has no packages of the digest %s: the files, the inputs, the builder or the programs of this "+
			"machine are not those of a build that was kept", shortDigest(digest))
	}
	if errors.As(err, new(*cache.UntrustedError)) {
		out.Warn(config.Fault{Message: err.Error(), Warning: true,
			Hint: "The application is built again. Let nobody else write to the cache directory"})
		return packages, nil
	}
	return packages, err
}

// trimCache keeps the cache within its limit where something may have been added to it.
func trimCache(c *cache.Cache, limit int64, made []*built, out console.Console) {
	if limit == 0 || len(made) > 0 && len(skipped(made)) == len(made) {
		return
	}
	removed, err := c.Trim(limit)
	if err != nil {
		out.Info("the cache stays above its limit: %v", err)
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

// reportCache reports what was taken from the cache, and a key for a copy of it, which changes with the
// dependencies of the applications.
func reportCache(rep *report.Report, made []*built) {
	rep.Skipped = skipped(made)
	d := cache.NewDigest()
	for _, b := range made {
		d.Add(b.plan.Recipe.Name, b.locks)
	}
	rep.CacheRestoreKey = "pakman-" + rep.Arch + "-" + made[0].plan.Recipe.Branch + "-"
	rep.CacheKey = rep.CacheRestoreKey + d.String()[:16]
}
