package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
)

// runBuilder builds the job of a plan within build.timeout.
func runBuilder(ctx context.Context, b builder.Builder, j builder.Job, p *Plan) ([]string, error) {
	limit, _ := config.ParseTimeout(p.Recipe.Timeout) // Load has checked it
	if limit == 0 {
		return b.Build(ctx, j)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	built, err := b.Build(limited, j)
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = p.fault("build.timeout", fmt.Sprintf("the build took longer than %s and was stopped", limit),
			"Allow more time, or check in the output what it waits for")
	}
	return built, err
}
