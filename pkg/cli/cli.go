// Package cli is the command line: cobra commands over the pipeline. It gets its streams and its
// environment from main and answers with an exit code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/usererror"
)

// Exit codes of the program.
const (
	ExitOK          = 0
	ExitFailure     = usererror.ExitFailure
	ExitInput       = usererror.ExitInput
	ExitInterrupted = 130 // Ctrl-C or SIGTERM
)

// Env is the process as the program sees it.
type Env struct {
	Args    []string // without the program's name
	Environ []string // NAME=VALUE
	Self    string   // path of the program
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Getenv  func(string) string
	Version string // of this program
	// ConfigDir and CacheDir are the user's; empty where there is no home directory.
	ConfigDir, CacheDir string
}

// text returns standard output for text, which may hold what others wrote. JSON has escapes of its own.
func (e Env) text() io.Writer { return visible.NewWriter(e.Stdout) }

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, env Env) int {
	env.Stderr = visible.NewWriter(env.Stderr)
	root := newRoot(env)
	root.SetArgs(env.Args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	if ctx.Err() != nil {
		fmt.Fprintln(env.Stderr, "pakman: interrupted; nothing was published")
		return ExitInterrupted
	}
	printError(env.Stderr, err)
	if errors.As(err, new(*usageError)) {
		return ExitInput
	}
	return usererror.ExitCode(err)
}

// usageError is a flag or an argument that cobra refused.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func newRoot(env Env) *cobra.Command {
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
		return &usageError{fmt.Errorf("%w%s; see %s --help", err, nearestFlag(c, err), c.CommandPath())}
	})
	root.SetUsageFunc(showUsage)
	root.AddCommand(
		newInit(env), newBuild(env), newBuildAgain(env), newPublish(env), newDeploy(env), newCheck(env), newPlan(env), newRender(env),
		newSchema(env), newKeygen(env), newRepo(env), newMatrix(env), newVersion(env),
		newBootstrap(env), newPush(env),
	)
	return root
}

// usage makes the mistakes that check finds the user's.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return &usageError{fmt.Errorf("%w%s; see %s --help", err, nearestCommand(c, args), c.CommandPath())}
		}
		return nil
	}
}

// nearestCommand returns a question after the command that was meant; empty if none is near.
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
	return question(config.Nearest(args[0], names))
}

// nearestFlag returns a question after the flag that was meant; empty if err is about something else or none is near.
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

func newVersion(env Env) *cobra.Command {
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
