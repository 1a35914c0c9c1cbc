package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// DeployOptions say which packages are delivered to which target.
type DeployOptions struct {
	Input // the application, whose file holds the stack, kits, sizes, plans and page
	deploy.Options
	Paths []string // .apk files, directories that hold some, local repositories
}

// target returns the deployment target; nil for none.
func (o DeployOptions) target(out console.Console) (deploy.Target, error) {
	return deploy.NewTarget(o.Options, func() (*config.File, error) { return loadFile(o.Input, out) }, out)
}

// Deploy delivers packages that exist.
func Deploy(ctx context.Context, o DeployOptions, out console.Console) (*report.Report, error) {
	ctx = console.TellWaits(ctx, out)
	watch := console.NewStages(out)
	watch.Begin("deploy")
	to, err := o.target(out)
	if err != nil {
		return nil, err
	}
	if to == nil {
		return nil, usererror.Input(fmt.Errorf("deploy: nothing to do for %q: name one of %s", o.Kind,
			strings.Join(deploy.Kinds[1:], ", ")))
	}
	found, err := packages.Find(o.Paths, false)
	if err != nil {
		return nil, err
	}
	arches, err := found.ByArch()
	if err != nil {
		return nil, err
	}
	rep := foundReport(arches)
	if rep.Deployment, err = to.Deploy(ctx, rep, found); err != nil {
		return nil, err
	}
	rep.Changed, rep.Stages = !rep.Deployment.Known, watch.Stop()
	return rep, nil
}

// BuildAndDeploy builds and, if nothing failed, deploys what was built. A mistake in either's options is found
// before the build.
func BuildAndDeploy(ctx context.Context, b BuildOptions, o DeployOptions, out console.Console) (*report.Report, error) {
	if err := o.join(&b); err != nil {
		return nil, usererror.Input(err)
	}
	to, err := o.target(out)
	if err != nil {
		return nil, err
	}
	rep, err := Build(ctx, b, out)
	if err != nil || to == nil {
		return rep, err
	}
	ctx = console.TellWaits(ctx, out)
	watch := console.NewStages(out)
	watch.Begin("deploy")
	var paths []string
	for _, p := range rep.Packages {
		paths = append(paths, p.File)
	}
	found, err := packages.Find(paths, false)
	if err != nil {
		return rep, err
	}
	if rep.Deployment, err = to.Deploy(ctx, rep, found); err != nil {
		return rep, err
	}
	rep.Stages = append(rep.Stages, watch.Stop()...)
	return rep, nil
}

// join takes from the build what the deployment must have in common with it, and gives the build's key the name that
// the platform trusts.
func (o *DeployOptions) join(b *BuildOptions) error {
	o.Input = b.Input
	if len(b.Dirs) == 1 {
		o.Dir = b.Dirs[0]
	}
	if o.Kind == "instellar" {
		switch {
		case len(b.Dirs) > 1:
			return errors.New("deploy instellar: the platform has one application for each repository: build one directory")
		case !b.Key.Given():
			return errors.New("deploy instellar: no signing key is given, and the platform's machines trust one key alone: give it as " +
				"the input signing-key, --signing-key or ABUILD_PRIVATE_KEY")
		case len(b.Key.Names) == 0:
			b.Key.Names = []string{signing.Name(o.Commit.Repository)}
		}
	}
	o.Key = b.Key
	return nil
}

// foundReport lists the packages as they were found.
func foundReport(arches []*packages.Arch) *report.Report {
	rep := &report.Report{}
	for _, arch := range arches {
		for _, p := range arch.Packages {
			rep.Packages = append(rep.Packages, report.Package{Published: repository.Published{
				Name: p.Info.Name, Version: p.Info.Version, Arch: arch.Name, File: p.File,
				Size: p.FileSize, InstalledSize: p.Info.Size, SHA256: p.SHA256,
			}})
		}
	}
	rep.Arch = strings.Join(rep.Arches(), " ")
	return rep
}

// loadFile loads the application's file. An APKBUILD alone has nothing for a platform.
func loadFile(in Input, out console.Console) (*config.File, error) {
	_, name, err := find(in)
	if err != nil {
		return nil, err
	}
	if isOwn(name) {
		return &config.File{Path: name}, nil
	}
	f, warnings, err := config.Load(name)
	for _, w := range warnings {
		out.Warn(w)
	}
	return f, usererror.Input(err)
}
