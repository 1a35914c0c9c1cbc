package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/native"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/root"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/usererror"
)

// Roots says where roots of Alpine come from and where they are kept.
type Roots struct {
	Dir    string            // empty: there is no place for them
	Mirror string            // empty: Alpine's own
	Keys   map[string]string // the keys that are believed: SHA-256 by the name of the file; nil: Alpine's
}

// roots returns what makes roots; nil where the builder needs none.
func (o BuildOptions) roots(b builder.Builder, out console.Console) (*root.Maker, error) {
	if b.Name() != (native.Builder{InRoot: true}).Name() {
		return nil, nil
	}
	if o.Roots.Dir == "" {
		return nil, usererror.Input(errors.New("builder root: there is no place to keep the root of Alpine in: pass --cache-dir"))
	}
	dir, err := filepath.Abs(o.Roots.Dir)
	if err != nil {
		return nil, err
	}
	transport, err := open.NewTransport(open.Config{Getenv: o.Getenv})
	if err != nil {
		return nil, err
	}
	environment := builder.Job{Run: builder.Run{Outer: o.Getenv}}.Environment("/")
	return &root.Maker{
		Dir: dir, Mirror: o.Roots.Mirror, Keys: o.Roots.Keys, Transport: transport, Env: environment, Log: out.Output(), Info: out.Info,
	}, nil
}

// useRoot gives the job a root with what its plan depends on, where the builder needs one.
func (a applicationBuild) useRoot(ctx context.Context, p *Plan, job *builder.Job, run *console.Stages) error {
	if a.roots == nil {
		return nil
	}
	run.Begin("make the root")
	maker := *a.roots
	maker.Info, maker.Log = run.Info, run.Output()
	r, arch := p.Recipe, a.arch
	if slices.Contains(r.Arches, "noarch") {
		arch = apk.HostArch()
	}
	dir, err := maker.Make(ctx, root.Wanted{Branch: r.Branch, Arch: arch, Packages: p.buildDepends()})
	if err != nil && a.missing != "" {
		err = fmt.Errorf("this machine has no %s: install it, or let PAKman make a root of Alpine, which failed: %w", a.missing, err)
	}
	if errors.As(err, new(*root.Error)) {
		return usererror.Input(err)
	}
	if err != nil {
		return err
	}
	job.Root = dir
	return nil
}
