package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

// MatrixOptions are the options of a matrix.
type MatrixOptions struct {
	Input            // Dir is where applications are looked for
	Dirs    []string // the applications' directories; empty: all that are found
	Arches  []string // no others than these; empty: those of the files
	Runners matrix.Runners
	Since   Since
}

// Since says from which commit on changes count.
type Since struct {
	Revision string // a commit, branch or tag; empty: all applications are taken, changed or not
	Event    bool   // an event named it: where it is missing, all are taken
	Exact    bool   // it is no common ancestor: what differs from it itself counts
}

// Matrix finds the applications of a repository and spreads them over jobs.
func Matrix(ctx context.Context, o MatrixOptions, out console.Console) (matrix.Matrix, error) {
	inputs, err := o.applications(ctx)
	if err != nil {
		return matrix.Matrix{}, err
	}
	o.Recipe.AnyVersion = true // versions are the jobs' own affair
	plans, err := planAll(ctx, o.Input, inputs, o.Outputs, out)
	if err != nil {
		return matrix.Matrix{}, err
	}
	var all []matrix.Application
	for _, p := range plans {
		all = append(all, application(p, o.Arches))
	}
	if o.Since.Revision != "" {
		if all, err = o.changed(ctx, all, out); err != nil {
			return matrix.Matrix{}, err
		}
	}
	m, err := matrix.New(all, o.Runners)
	return m, usererror.Input(err)
}

// applications returns their directories.
func (o MatrixOptions) applications(ctx context.Context) ([]string, error) {
	if len(o.Dirs) > 0 || o.Config != "" {
		return o.Dirs, nil
	}
	root := o.root()
	if err := CheckDirectory(root); err != nil {
		return nil, err
	}
	files, err := source.Find(ctx, root, o.Getenv, config.Names...)
	if err != nil {
		return nil, usererror.Input(err)
	}
	var dirs []string
	for _, file := range files {
		if dir := filepath.Join(root, filepath.FromSlash(path.Dir(file))); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		return nil, usererror.Input(fmt.Errorf("there is no %s in or below %s; write one with `pakman init`",
			strings.Join(config.Names, ", "), root))
	}
	return dirs, nil
}

// root returns the directory in which applications are searched.
func (o MatrixOptions) root() string { return filepath.Clean(o.Dir) } // "." where that is empty

// application returns what a matrix needs of a plan. Where architectures are asked for, all others are left out.
func application(p *Plan, asked []string) matrix.Application {
	r := p.Recipe
	a := matrix.Application{
		Name: r.Name, Directory: filepath.ToSlash(p.Dir), Pos: p.Config.Pos, Arches: r.Arches,
		Provides: append([]string{r.Name}, r.Provides...),
		Build:    slices.Concat(r.MakeDepends, r.CheckDepends), Runtime: slices.Clone(r.Depends),
	}
	for _, s := range r.Subpackages {
		a.Provides = append(a.Provides, s.Name)
		a.Runtime = append(a.Runtime, s.Depends...)
	}
	if len(r.Services) > 0 {
		a.Provides = append(a.Provides, r.Name+"-openrc")
	}
	named := p.Config.Architectures
	if slices.Contains(r.Arches, "noarch") || len(asked) == 0 {
		return a
	}
	a.Arches = slices.DeleteFunc(slices.Clone(asked), func(arch string) bool { return len(named) > 0 && !slices.Contains(named, arch) })
	return a
}

// changed returns the applications that changed since then.
func (o MatrixOptions) changed(ctx context.Context, all []matrix.Application, out console.Console) ([]matrix.Application, error) {
	root := o.root()
	files, err := source.Changed(ctx, root, o.Getenv, o.Since.Revision, o.Since.Exact)
	switch {
	case errors.Is(err, source.ErrNoBase):
		facts, errFacts := source.Inspect(ctx, root, o.Getenv)
		if errFacts != nil {
			return nil, errFacts
		}
		if !facts.Shallow && !o.Since.Event {
			return nil, usererror.Input(fmt.Errorf("--changed-since %s: %w", o.Since.Revision, err))
		}
		out.Warn(config.Fault{Warning: true, Message: fmt.Sprintf(
			"what changed since %s is not known, as the checkout does not contain that commit: everything is built", o.Since.Revision),
			Hint: "Fetch the history (actions/checkout: `fetch-depth: 0`)"})
		return all, nil
	case errors.Is(err, source.ErrNoCheckout):
		return nil, usererror.Input(fmt.Errorf("changes since %s cannot be found: %w", o.Since.Revision, err))
	case err != nil:
		return nil, err
	}
	some, err := matrix.Affected(all, func(a matrix.Application) bool {
		dir, err := filepath.Rel(root, filepath.FromSlash(a.Directory))
		dir = filepath.ToSlash(dir)
		return err != nil || slices.ContainsFunc(files, func(file string) bool {
			return dir == "." || strings.HasPrefix(file, dir+"/")
		})
	})
	return some, usererror.Input(err)
}
