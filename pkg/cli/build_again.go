package cli

import (
	"github.com/spf13/cobra"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/secret"
)

// newBuildAgain returns the hidden command for the second build of --verify-reproducible, which the program starts itself.
func newBuildAgain(env process.Env) *cobra.Command {
	return &cobra.Command{
		Use:    pipeline.SecondBuildCommand,
		Hidden: true,
		Args:   usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			options, err := pipeline.ReadBuildOptions(env.Stdin, env.Getenv)
			if err != nil {
				return err
			}
			options.Secrets = secret.FromEnvironment(env.Getenv)
			_, err = pipeline.Build(c.Context(), options, console{env.Stderr})
			return err
		},
	}
}
