// Package cli implements the command line: cobra commands that call the pipeline. main passes the streams and the
// environment to it, and exits with the code that it returns.
package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/internal/runnerlog"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/usererror"
)

// Exit codes of the program.
const (
	ExitOK          = 0
	ExitFailure     = usererror.ExitFailure
	ExitInput       = usererror.ExitInput
	ExitInterrupted = 130 // Ctrl-C or SIGTERM
)

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, env process.Env) int {
	env.Stderr = env.Shown(env.Stderr)
	document := &document{Writer: env.Stdout}
	if env.InWorkflow() {
		document.Writer = runnerlog.NewJSONWriter(env.Stdout)
	}
	env.Stdout = document
	root := newRoot(env)
	root.SetArgs(env.Args)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	code := ExitInterrupted
	if ctx.Err() != nil {
		err = errors.New("interrupted; nothing was published")
	} else {
		code = exitCode(err)
	}
	printError(env.Stderr, err)
	if !document.begun && wantsJSON(command, env.Args) {
		if err := writeJSON(env.Stdout, usererror.NewFailedRun(err, code)); err != nil {
			printError(env.Stderr, err)
		}
	}
	return code
}

func exitCode(err error) int {
	if errors.As(err, new(*usageError)) {
		return ExitInput
	}
	return usererror.ExitCode(err)
}

// usageError is a flag or an argument that cobra refused.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func newRoot(env process.Env) *cobra.Command {
	root := &cobra.Command{
		Use:           "pakman",
		Short:         "Turn an application and one YAML file into signed Alpine packages",
		Version:       env.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          usage(cobra.NoArgs),
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if args := c.Flags().Args(); len(args) > 0 && c.HasSubCommands() { // whose flags they are is unknown, too
			return usage(cobra.NoArgs)(c, args)
		}
		return &usageError{fmt.Errorf("%w%s; see %s --help", err, nearestFlag(c, err), c.CommandPath())}
	})
	root.SetUsageFunc(showUsage)
	root.AddCommand(
		newInit(env), newBuild(env), newBuildAgain(env), newTry(env), newPublish(env), newDeploy(env), newCheck(env), newPlan(env),
		newRender(env), newSchema(env), newKeygen(env), newRepo(env), newCache(env), newMatrix(env), newVersion(env),
		newBootstrap(env), newPush(env),
	)
	return root
}

// usage turns the mistakes that check finds into usage errors.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return &usageError{fmt.Errorf("%w%s; see %s --help", err, nearestCommand(c, args), c.CommandPath())}
		}
		return nil
	}
}

// nearestCommand suggests the command that was probably meant; it returns "" if none is similar.
func nearestCommand(c *cobra.Command, args []string) string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if len(args) == 0 || len(names) == 0 {
		return ""
	}
	if near := config.Nearest(args[0], names); near != "" {
		return question(near)
	}
	for _, sub := range c.Commands() { // "list" is `repo list`
		for _, below := range sub.Commands() {
			if below.Name() == args[0] && below.IsAvailableCommand() {
				return question(below.CommandPath())
			}
		}
	}
	return ""
}

// nearestFlag suggests the flag that was probably meant; it returns "" if err has another cause or none is similar.
func nearestFlag(c *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near := config.Nearest(unknown.GetSpecifiedName(), names)
	if near != "" {
		near = "--" + near
	}
	return question(near)
}

func question(near string) string {
	if near == "" {
		return ""
	}
	return ", did you mean " + near + "?"
}

func newVersion(env process.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(env.Stdout, env.Version)
			return err
		},
	}
}
