package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/usererror"
)

// errFaulty is the error of a check whose faults were already printed.
var errFaulty = errors.New("the file has mistakes")

func newCheck(env process.Env) *cobra.Command {
	var file, format string
	c := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check the YAML file, without a build",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(config.Formats, format) {
				return &usageError{errors.New("--format " + config.NotOneOf(format, config.Formats...))}
			}
			in, err := (&inputFlags{config: file}).input(args, env)
			if err != nil {
				return err
			}
			return check(c.Context(), env, in, format)
		},
	}
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVarP(&file, "config", "c", "", "YAML `FILE` (default: pakman.yml or instellar.yml in DIR)")
	})
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		flags.StringVar(&format, "format", "text", "`FORMAT` of the mistakes: "+strings.Join(config.Formats, ", "))
	})
	return c
}

// check prints warnings and faults to standard output, in the order of the file.
func check(ctx context.Context, env process.Env, in pipeline.Input, format string) error {
	faults, err := pipeline.Check(ctx, in)
	var mistakes config.Faults
	if err != nil && !errors.As(err, &mistakes) {
		if format == "text" {
			return err
		}
		mistakes = config.Faults{{Message: err.Error()}} // of the application as a whole
	}
	faults = append(faults, mistakes...)
	slices.SortStableFunc(faults, func(a, b config.Fault) int { return a.Pos.Line - b.Pos.Line })
	if format == "github" {
		faults = inWorkspace(faults, env.Getenv("GITHUB_WORKSPACE"))
	}
	out := env.Stdout
	if format != "json" {
		out = env.Text()
	}
	if werr := faults.Write(out, format); werr != nil {
		return werr
	}
	if err != nil {
		return &usererror.InputError{Err: errFaulty}
	}
	if format == "text" {
		_, err = fmt.Fprintln(env.Text(), "ok")
	}
	return err
}

// inWorkspace names the files as seen from GitHub's workspace, the root of the checkout: annotations need that, wherever
// the program was started.
func inWorkspace(faults config.Faults, workspace string) config.Faults {
	if workspace == "" {
		return faults
	}
	out := slices.Clone(faults)
	for i, f := range out {
		file, err := filepath.Abs(f.Pos.File)
		if err != nil {
			continue
		}
		if rel, err := filepath.Rel(workspace, file); err == nil && filepath.IsLocal(rel) {
			out[i].Pos.File = filepath.ToSlash(rel)
		}
	}
	return out
}
