package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/apk/diff"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/usererror"
)

// errDifferent is the error of a comparison whose differences were already printed.
var errDifferent = errors.New("the packages differ")

func newRepo(env process.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "repo",
		Short: "Inspect and maintain packages and repositories",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newRepoDiff(env), newRepoList(env), newRepoVerify(env), newRepoPrune(env), newRepoRebuild(env), newRepoServe(env))
	return c
}

func newRepoDiff(env process.Env) *cobra.Command {
	var o diff.Options
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff A.apk B.apk",
		Short: "Show every difference between two packages; exit code 1 if they differ",
		Args:  usage(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, args []string) error {
			found, err := diff.Files(c.Context(), args[0], args[1], o)
			if err != nil {
				return &usererror.InputError{Err: err}
			}
			if err := showDifferences(env, found, asJSON); err != nil {
				return err
			}
			if len(found) > 0 {
				return errDifferent
			}
			return nil
		},
	}
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		flags.BoolVar(&o.All, "all", false, "show expected differences too: generator, signatures, hashes and compressed sizes")
		jsonFlag(flags, &asJSON, "write the differences as JSON")
	})
	return c
}

// showDifferences prints one line per difference, or a JSON list, to standard output.
func showDifferences(env process.Env, found []diff.Difference, asJSON bool) error {
	if asJSON {
		return writeJSON(env.Stdout, append([]diff.Difference{}, found...))
	}
	for _, d := range found {
		if _, err := fmt.Fprintln(env.Text(), d); err != nil {
			return err
		}
	}
	return nil
}
