package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/source"
)

// built is the packages of one application.
type built struct {
	plan     *Plan
	packages []string
	digest   string                        // of what they were made from
	locks    string                        // digest of the files that name the dependencies
	skipped  bool                          // they are those of an earlier build
	largest  map[string][]report.Directory // of each package, by the name of its file

	installed []string // the paths of the files, where there are several applications
}

// applicationBuild is what the builds of all applications have in common.
type applicationBuild struct {
	toolset
	cache   *cache.Cache // nil: none
	force   bool         // build although the cache has the packages
	work    *workspace
	env     map[string]string   // the user's build environment
	getenv  func(string) string // this process's environment
	secrets []string            // never printed
	strict  bool                // refuse to build where the system cannot isolate the build
	hidden  Hidden
	outputs []string          // directories that are written to: no part of an application
	signing []*apk.PrivateKey // the keys: never in a package
}

// build makes the packages of one application, or takes those of a build of the same, and looks into them.
func (a applicationBuild) build(ctx context.Context, p *Plan, run *console.Stages) (*built, error) {
	run.Begin("copy the sources")
	job, err := a.layOut(ctx, p, run)
	if err != nil {
		return nil, err
	}
	starts := newProgramRules(p, a.arch)
	starts.behind = starts.findLeftBehind(filepath.Join(job.Dir, apkbuild.AppDir), a.outputs)
	job.Log = run.Output()
	job.Progress = func(stage string) { run.Begin(stage + " (" + a.builder.Name() + ")") }
	kept := a.cache.Repository(p.identity())
	job.CacheDir = p.caches(a.cache, a.roots != nil, job.OtherUser()).Tools()
	if err := a.useRoot(ctx, p, &job, run); err != nil {
		return nil, err
	}
	b := &built{plan: p}
	if a.cache != nil {
		// The build has not begun: it may change its directory.
		if b.locks, b.digest, err = cacheKeys(a.toolset, p.Recipe.Branch, job); err != nil {
			return nil, err
		}
	}
	debugEnvironment(p, job, run)
	if a.force {
		console.Debug(run, "cache: not looked at, because force is set")
	} else {
		if b.packages, err = takeKept(kept, b.digest, job.Output, run); err != nil {
			return nil, err
		}
	}
	if b.skipped = len(b.packages) > 0; b.skipped {
		run.Info("unchanged: using the packages of an earlier build")
		console.Debug(run, "cache: it has the packages of the digest %s", shortDigest(b.digest))
	} else if b.packages, err = runBuilder(ctx, a.builder, job, p); err != nil {
		return nil, locate(err, p, job.Dir, starts.behind)
	}
	if err := job.Release(); err != nil {
		return nil, err
	}
	if err := checkOutputs(p, b.packages); err != nil {
		return nil, err
	}
	found, err := inspect(b.packages, job.Dir, newSecretRules(p, a.signing), starts, p.warn(run))
	if err != nil {
		return nil, err
	}
	b.largest = found.largest
	if p.several {
		b.installed = found.installed()
	}
	if !b.skipped {
		if err := addPathScripts(ctx, p, found.kinds); err != nil {
			return nil, err
		}
		// Packages that cannot be kept were built all the same.
		if err := kept.Keep(b.digest, b.packages); err != nil {
			run.Info("the packages of %s are not stored in the cache: %v", p.Recipe.Name, err)
		} else if kept != nil {
			console.Debug(run, "cache: the packages are kept under the digest %s", shortDigest(b.digest))
		}
	}
	return b, nil
}

// layOut lays out the build directory: <workspace>/<name>/build/<repository>/<name> with the rendered files and
// the copy of the application; or the copy of a directory with an APKBUILD. abuild takes the repository's name from the parent directory.
func (a applicationBuild) layOut(ctx context.Context, p *Plan, out console.Console) (builder.Job, error) {
	own := filepath.Join(a.work.dir, p.Recipe.Name)
	j := builder.Job{Inputs: builder.Inputs{
		Arch: a.arch, Env: a.env, Epoch: p.Recipe.Epoch, Commit: p.Recipe.Commit, Packager: p.packager(),
		Compression: p.Recipe.Compression, Offline: p.Recipe.Offline,
	}, Run: builder.Run{
		Dir: filepath.Join(own, "build", p.Recipe.Repository, p.Recipe.Name), Output: filepath.Join(own, "out"),
		TempDir: filepath.Join(own, "tmp"), Workspace: own, Several: p.several, Nth: p.nth, Strict: a.strict, Planned: p.vars,
		ApkCache: a.cache.Apk(), Outer: a.getenv, Secrets: a.secrets,
	}}
	var err error
	if j.Hide, err = hiddenPaths(p, a.hidden.Keys, a.hidden.Places); err != nil {
		return j, err
	}
	// The sources may be closed to others: the builder opens them to nobody but the user that the build runs as.
	if err := errors.Join(os.MkdirAll(own, 0o700), os.Chmod(own, 0o700)); err != nil { //#nosec G302 -- a directory
		return j, err
	}
	for _, dir := range []string{filepath.Dir(filepath.Dir(j.Dir)), filepath.Dir(j.Dir), j.Dir, j.Output, j.TempDir} {
		// Chmod, because the build's user reads them whatever this process's umask.
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil { //#nosec G301,G302 -- nothing secret
			return j, err
		}
	}
	sources := j.Dir
	if !p.Own {
		sources = filepath.Join(j.Dir, apkbuild.AppDir)
		if err := p.Directory.Marked(p.Recipe).Write(j.Dir); err != nil {
			return j, err
		}
	}
	return j, copySources(ctx, sources, p, a.outputs, a.hidden, a.getenv, out)
}

// copySources copies the application, and says what the copy lacks.
func copySources(ctx context.Context, to string, p *Plan, outputs []string, hidden Hidden, getenv func(string) string,
	out console.Console,
) error {
	var notes copyNotes
	err := source.Copy(ctx, to, p.Dir, source.CopyOptions{
		Outputs: outputs, Exclude: p.Recipe.Exclude, KeepGit: p.Recipe.KeepGit, Getenv: getenv,
		Keys: hidden.Keys, KeyTexts: hidden.KeyTexts, Noted: notes.add,
	})
	notes.show(p.Config.Pos(""), out)
	return err
}
