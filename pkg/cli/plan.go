package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/usererror"
)

func newPlan(env process.Env) *cobra.Command {
	var in inputFlags
	c := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Print the recipe (everything that is decided before a build) as JSON",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			plan, err := newPipelinePlan(c, &in, args, env)
			if err != nil {
				return err
			}
			enc := json.NewEncoder(env.Stdout)
			enc.SetIndent("", "  ")
			enc.SetEscapeHTML(false)
			return enc.Encode(plan.Recipe)
		},
	}
	in.add(c, env)
	return c
}

func newRender(env process.Env) *cobra.Command {
	var in inputFlags
	var output string
	c := &cobra.Command{
		Use:   "render [DIR]",
		Short: "Write the build directory: the APKBUILD and the files it names",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			plan, err := newPipelinePlan(c, &in, args, env)
			if err != nil {
				return err
			}
			if plan.Own {
				return &usererror.InputError{Err: fmt.Errorf("%s is the user's own: there is nothing to render", plan.Config.Path)}
			}
			if err := pipeline.CheckOutput(c.Context(), output); err != nil {
				return err
			}
			if err := os.MkdirAll(output, 0o755); err != nil { //#nosec G301 -- a directory to read
				return err
			}
			if err := plan.Directory.Write(output); err != nil {
				return err
			}
			for _, f := range plan.Directory {
				if _, err := fmt.Fprintln(env.Text(), f.Name); err != nil {
					return err
				}
			}
			return nil
		},
	}
	in.add(c, env)
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		flags.StringVarP(&output, "output", "o", "build", "`DIR` to write to")
	})
	return c
}

func newPipelinePlan(c *cobra.Command, in *inputFlags, args []string, env process.Env) (*pipeline.Plan, error) {
	input, err := in.input(args, env)
	if err != nil {
		return nil, err
	}
	return pipeline.NewPlan(c.Context(), input, console{env.Stderr})
}

func newSchema(env process.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of pakman.yml, for editors",
		Args:  usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.Schema()
			if err == nil {
				_, err = env.Stdout.Write(schema)
			}
			return err
		},
	}
}
