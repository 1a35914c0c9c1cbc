package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/usererror"
)

// inputs gives each application's input.
func (o BuildOptions) inputs() ([]Input, error) {
	o.Outputs = o.outputs()
	if len(o.Dirs) == 0 {
		return []Input{o.Input}, nil
	}
	if o.Config != "" && len(o.Dirs) > 1 {
		return nil, usererror.Input(fmt.Errorf("the YAML file %s is given for %d directories: leave it out, or build one directory", o.Config, len(o.Dirs)))
	}
	inputs := make([]Input, len(o.Dirs))
	for i, dir := range o.Dirs {
		inputs[i] = o.Input
		inputs[i].Dir = dir
	}
	return inputs, nil
}

// outputs are the directories that the build writes to.
func (o BuildOptions) outputs() []string {
	return append(slices.Clone(o.Outputs), o.Output, o.Cache.Dir)
}

// plans plans every application, and reports the mistakes in all of them at once.
func (o BuildOptions) plans(ctx context.Context, out console.Console) ([]*Plan, error) {
	inputs, err := o.inputs()
	if err != nil {
		return nil, err
	}
	var plans []*Plan
	var failed usererror.Failures
	named := map[string]string{} // directories by the name of their package
	for _, in := range inputs {
		p, err := NewPlan(ctx, in, out)
		if err != nil {
			failed = append(failed, usererror.Failure{Err: err})
			continue
		}
		if other, taken := named[p.Recipe.Name]; taken {
			failed = append(failed, usererror.Failure{Err: usererror.Input(fmt.Errorf("%s and %s both make the package %s: name them differently, or build one of them", other, p.Dir, p.Recipe.Name))})
		}
		named[p.Recipe.Name] = p.Dir
		p.nth, p.several = len(plans), len(inputs) > 1
		plans = append(plans, p)
	}
	return plans, failed.Join(len(inputs))
}

// built is the packages of one application.
type built struct {
	plan     *Plan
	packages []string
	digest   string                        // of what they were made from
	locks    string                        // digest of the files that name the dependencies
	skipped  bool                          // they are those of an earlier build
	largest  map[string][]report.Directory // of each package, by the name of its file
}

// buildAll has build make each application's packages, at most jobs at once, and gives those that it made, in the
// order of plans. An application that fails does not stop the others; the end of ctx stops all.
func buildAll(ctx context.Context, plans []*Plan, jobs int, w *console.Stages, build func(*Plan, *console.Stages) (*built, error)) ([]*built, error) {
	names := make([]string, len(plans))
	for i, p := range plans {
		names[i] = p.Recipe.Name
	}
	stages := w.Split(names)
	made := make([]*built, len(plans))
	errs := make([]error, len(plans))
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var group errgroup.Group
	group.SetLimit(jobs)
	for i, p := range plans {
		group.Go(func() error {
			if errs[i] = ctx.Err(); errs[i] != nil {
				return nil
			}
			made[i], errs[i] = build(p, stages[i])
			return nil
		})
	}
	if err := errors.Join(group.Wait(), w.Merge(stages), ctx.Err()); err != nil {
		return nil, err
	}
	var all []*built
	var failed usererror.Failures
	for i, p := range plans {
		if errs[i] != nil {
			failed = append(failed, usererror.Failure{Name: p.Recipe.Name, Err: errs[i]})
			continue
		}
		all = append(all, made[i])
	}
	return all, failed.Join(len(plans))
}
