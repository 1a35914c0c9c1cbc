package pipeline

import (
	"context"
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/usererror"
)

// buildAll calls build for each application, at most jobs at once, and returns what was built in the order of the
// plans. An application that fails does not stop the others; the end of ctx stops all.
func buildAll(ctx context.Context, plans []*Plan, jobs int, run *console.Stages,
	build func(context.Context, *Plan, *console.Stages) (*built, error)) ([]*built, error) {
	names := make([]string, len(plans))
	for i, p := range plans {
		names[i] = p.Recipe.Name
	}
	stages := run.Split(names)
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
			made[i], errs[i] = build(ctx, p, stages[i])
			return nil
		})
	}
	if err := errors.Join(group.Wait(), run.Merge(stages), ctx.Err()); err != nil {
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
