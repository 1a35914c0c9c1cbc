package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/report"
)

// Failures are what went wrong with some of several applications.
type Failures []Failure

// Failure is what went wrong with one of them.
type Failure struct {
	Name string // the application's; empty before it is known
	Err  error
}

func (f Failure) Error() string {
	if f.Name == "" || errors.As(f.Err, new(*BuildError)) { // which names the file
		return f.Err.Error()
	}
	return f.Name + ": " + f.Err.Error()
}

func (f Failure) Unwrap() error { return f.Err }

func (f Failures) Error() string {
	lines := make([]string, len(f))
	for i, failure := range f {
		lines[i] = failure.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single failures.
func (f Failures) Unwrap() []error {
	errs := make([]error, len(f))
	for i, failure := range f {
		errs[i] = failure
	}
	return errs
}

// joined is the failures as an error: nil, what went wrong with the one application there is, or
// all of them.
func (f Failures) joined(applications int) error {
	switch {
	case len(f) == 0:
		return nil
	case applications == 1:
		return f[0].Err
	}
	return f
}

// Causes returns the failures in err one by one, to be told one by one.
func Causes(err error) []error {
	var f Failures
	if errors.As(err, &f) {
		return f.Unwrap()
	}
	return []error{err}
}

// inputs gives each application's input.
func (o BuildOptions) inputs() ([]Input, error) {
	o.Outputs = o.outputs()
	if len(o.Dirs) == 0 {
		return []Input{o.Input}, nil
	}
	if o.Config != "" && len(o.Dirs) > 1 {
		return nil, input(fmt.Errorf("the YAML file %s is given for %d directories: leave it out, or build one directory", o.Config, len(o.Dirs)))
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
func (o BuildOptions) plans(ctx context.Context, console Console) ([]*Plan, error) {
	inputs, err := o.inputs()
	if err != nil {
		return nil, err
	}
	var plans []*Plan
	var failed Failures
	named := map[string]string{} // directories by the name of their package
	for _, in := range inputs {
		p, err := NewPlan(ctx, in, console)
		if err != nil {
			failed = append(failed, Failure{Err: err})
			continue
		}
		if other, taken := named[p.Recipe.Name]; taken {
			failed = append(failed, Failure{Err: input(fmt.Errorf("%s and %s both make the package %s: name them differently, or build one of them", other, p.Dir, p.Recipe.Name))})
		}
		named[p.Recipe.Name] = p.Dir
		plans = append(plans, p)
	}
	return plans, failed.joined(len(inputs))
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
func buildAll(ctx context.Context, plans []*Plan, jobs int, w *watch, build func(*Plan, *watch) (*built, error)) ([]*built, error) {
	watches := w.split(plans)
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
			made[i], errs[i] = build(p, watches[i])
			return nil
		})
	}
	if err := errors.Join(group.Wait(), w.merge(watches), ctx.Err()); err != nil {
		return nil, err
	}
	var all []*built
	var failed Failures
	for i, p := range plans {
		if errs[i] != nil {
			failed = append(failed, Failure{Name: p.Recipe.Name, Err: errs[i]})
			continue
		}
		all = append(all, made[i])
	}
	return all, failed.joined(len(plans))
}
