package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
)

func newMatrix(env process.Env) *cobra.Command {
	var o pipeline.MatrixOptions
	var runners []string
	var arches string
	var waves bool
	c := &cobra.Command{
		Use:   "matrix [DIR]",
		Short: "Print the jobs of a workflow that builds every application in DIR, as JSON",
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
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVar(&o.Since.Revision, "changed-since", "",
			"only applications with changes since commit `REV`, and those that depend on them")
		flags.StringVar(&arches, "arch", "", "comma-separated `ARCHITECTURES` to build for (default: those of the files)")
		flags.StringArrayVar(&runners, "runner", nil,
			"`ARCH=LABEL` of a runner (default: x86_64=ubuntu-24.04, aarch64=ubuntu-24.04-arm); may be repeated")
	})
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		flags.BoolVar(&waves, "waves", false, "print a list of matrices, each of which needs packages of earlier ones only")
	})
	return c
}
