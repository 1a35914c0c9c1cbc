package pipeline

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/usererror"
)

// PublishOptions are the options of publishing packages that exist.
type PublishOptions struct {
	Paths      []string // .apk files, directories that hold some, local repositories
	Alpine     string   // release whose branch takes files that lie in no repository
	Repository string   // likewise; empty: main
	Arches     []string // architectures whose index lists noarch packages; empty: those of a noarch recipe
	Key        signing.Key
	Bucket     Bucket
	// Then is called after a publish, while the packages with their new signatures are there; nil: nothing is.
	Then func(context.Context, *report.Report) error
}

// Publish signs packages that exist, where they are not signed by the keys already, and puts
// them into the bucket.
//
//nolint:funlen // the order of work, on one screen
func Publish(ctx context.Context, o PublishOptions, out console.Console) (*report.Report, error) {
	ctx = console.TellWaits(ctx, out)
	watch := console.NewStages(out)

	watch.Begin("collect")
	groups, err := o.find()
	if err != nil {
		return nil, err
	}
	if o.Bucket.URL == "" {
		return nil, usererror.Input(errors.New("publish: no bucket is given; use --bucket s3://name/prefix or --bucket DIRECTORY"))
	}
	bucket, err := o.Bucket.open(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := o.Key.Load(out)
	if err != nil {
		return nil, err
	}

	watch.Begin("sign")
	work, err := newWorkspace()
	if err != nil {
		return nil, err
	}
	defer work.remove()
	for _, g := range groups {
		for _, p := range g.Packages {
			if signing.SignedBy(p.Package, keys) {
				continue
			}
			if err := p.Sign(ctx, work.dir, keys); err != nil {
				return nil, err
			}
		}
	}

	watch.Begin("publish")
	rep := &report.Report{}
	for _, g := range groups {
		request := repository.Request{Location: g.Location, NoarchFor: noarchFor(g, o.Arches), Keys: keys,
			Known: map[string]repository.Known{}}
		for _, p := range g.Packages {
			request.Packages = append(request.Packages, p.File)
			request.Known[p.File] = p.Known
		}
		done, err := bucket.put(ctx, request, out)
		if err != nil {
			return nil, userFixable(err)
		}
		if _, err := bucket.fetchTaken(ctx, done, work.dir); err != nil {
			return nil, err
		}
		part, err := newReport(done, keys[0], "", done.Packages[0].Name)
		if err != nil {
			return nil, err
		}
		rep.Add(part)
	}
	rep.Arch, rep.Stages = strings.Join(rep.Arches(), " "), watch.Stop()
	if o.Then != nil {
		err = o.Then(ctx, rep)
	}
	work.forget(rep)
	return rep, err
}

// noarchFor returns the architectures for noarch packages: those asked for, else those of the
// repository that the packages lie in, else those of a recipe that names none.
func noarchFor(g *packages.Group, asked []string) []string {
	switch {
	case len(asked) > 0:
		return asked
	case len(g.Arches) > 0:
		return g.Arches
	}
	return recipe.DefaultTargets()
}

// find finds the packages and groups them by the repository that they belong to.
func (o PublishOptions) find() ([]*packages.Group, error) {
	branch, err := recipe.ParseBranch(o.Alpine)
	if err != nil {
		return nil, usererror.Input(err)
	}
	found, err := packages.Find(o.Paths, open.IsS3(o.Bucket.URL))
	if err != nil {
		return nil, err
	}
	return found.ByRepository(repository.Location{Branch: branch, Repository: cmp.Or(o.Repository, "main")})
}
