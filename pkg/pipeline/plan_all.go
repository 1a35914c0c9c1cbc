package pipeline

import (
	"context"
	"fmt"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/usererror"
)

// planAll plans the application of each directory, that of the input where none is named, and reports the mistakes in
// all of them at once. outputs are no part of an application.
func planAll(ctx context.Context, in Input, dirs, outputs []string, out console.Console) ([]*Plan, error) {
	in.Outputs = outputs
	if in.Config != "" && len(dirs) > 1 {
		return nil, usererror.Input(fmt.Errorf("the YAML file %s is given for %d directories: leave it out, or build one directory",
			in.Config, len(dirs)))
	}
	if len(dirs) == 0 {
		dirs = []string{in.Dir}
	}
	var plans []*Plan
	var failed usererror.Failures
	named := map[string]string{} // directories by the name of their package
	for _, in.Dir = range dirs {
		p, err := NewPlan(ctx, in, out)
		if err != nil {
			failed = append(failed, usererror.Failure{Err: err})
			continue
		}
		if other, taken := named[p.Recipe.Name]; taken {
			failed = append(failed,
				usererror.Failure{Err: usererror.Input(fmt.Errorf(
					"%s and %s both make the package %s: name them differently, or build one of them", other, p.Dir, p.Recipe.Name))})
		}
		named[p.Recipe.Name] = p.Dir
		p.nth, p.several = len(plans), len(dirs) > 1
		plans = append(plans, p)
	}
	return plans, failed.Join(len(dirs))
}
