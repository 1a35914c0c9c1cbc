package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/sandbox"
	"github.com/pakman/build/pkg/usererror"
)

// checkNetwork refuses early what the sandbox of the build would refuse.
func (p *Plan) checkNetwork() error {
	if !p.Recipe.Offline || sandbox.CanCutNetwork() {
		return nil
	}
	return usererror.Input(p.fault("build.network", sandbox.ErrNetwork.Error(), "Remove the key, or build where that is so"))
}

// run lets the builder build within build.timeout.
func (p *Plan) run(ctx context.Context, b builder.Builder, j builder.Job) ([]string, error) {
	limit, _ := config.ParseTimeout(p.Recipe.Timeout) // Load has checked it
	if limit == 0 {
		return b.Build(ctx, j)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	built, err := b.Build(limited, j)
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = p.fault("build.timeout", fmt.Sprintf("the build took longer than %s and was ended", limit), "Allow more, or look at the output for what it waits for")
	}
	return built, err
}

// fault is one fault at the place of a key.
func (p *Plan) fault(key, message, hint string) error {
	return config.Faults{{Pos: p.Config.Pos(key), Key: key, Message: message, Hint: hint}}
}
