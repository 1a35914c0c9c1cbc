package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/pipeline"
)

func newMatrix(env Env) *cobra.Command {
	var o pipeline.MatrixOptions
	var runners []string
	var arches string
	var waves bool
	c := &cobra.Command{
		Use:   "matrix [DIR]",
		Short: "Print the jobs that build every application in or below DIR, as JSON for strategy.matrix of a workflow",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.Runners, err = matrix.ParseRunners(runners); err != nil {
				return &usageError{fmt.Errorf("--runner: %w", err)}
			}
			if len(args) > 0 {
				o.Dir = args[0]
			}
			if arches != "" {
				o.Arches = strings.Split(arches, ",")
			}
			o.Getenv, o.Recipe.Arches = env.Getenv, o.Arches
			m, err := pipeline.Matrix(c.Context(), o, console{env.Stderr})
			if err != nil {
				return err
			}
			var text fmt.Stringer = m
			if waves {
				text = m.Waves()
			}
			_, err = fmt.Fprintln(env.Stdout, text)
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.Since.Revision, "changed-since", "", "only the applications of which a file changed since the commit `REV`, and those that are built with one of them")
	flags.StringArrayVar(&runners, "runner", nil, "`ARCH=LABEL` of a runner (default: x86_64=ubuntu-24.04, aarch64=ubuntu-24.04-arm); may be repeated")
	flags.StringVar(&arches, "arch", "", "architectures, with commas, that are built for and no others (default: those of the files)")
	flags.BoolVar(&waves, "waves", false, "print a list of such matrices: each needs packages of earlier ones alone")
	return c
}
