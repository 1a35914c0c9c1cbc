package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The groups of flags in the help of a command, in the order in which help shows them.
const (
	groupInput   = "Input"
	groupVersion = "Version"
	groupBuild   = "Build"
	groupSigning = "Signing"
	groupBucket  = "Bucket"
	groupCache   = "Cache"
	groupDeploy  = "Deploy"
	groupServer  = "Server"
	groupOutput  = "Output"
)

var flagGroups = []string{
	groupInput, groupVersion, groupBuild, groupSigning, groupBucket, groupCache, groupDeploy, groupServer, groupOutput,
}

// groupKey is the annotation with the group of a flag.
const groupKey = "group"

// helpWidth is the number of columns that help uses.
const helpWidth = 100

// group adds flags to a command, and to a group in its help.
func group(c *cobra.Command, name string, add func(*pflag.FlagSet)) {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	add(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{groupKey: {name}}
		c.Flags().AddFlag(f)
	})
}

// showUsage prints the usage of a command: its syntax, its subcommands, and its flags by group.
func showUsage(c *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n\nCommands:\n", c.CommandPath())
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "  %-*s  %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	} else {
		fmt.Fprintf(&b, "  %s\n", c.UseLine())
	}
	for _, name := range append(slices.Clone(flagGroups), "") {
		flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
		flags.SortFlags = false
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if strings.Join(f.Annotations[groupKey], "") == name {
				flags.AddFlag(f)
			}
		})
		if flags.HasAvailableFlags() {
			fmt.Fprintf(&b, "\n%s flags:\n%s", cmp.Or(name, "Other"), flags.FlagUsagesWrapped(helpWidth))
		}
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nRun \"%s COMMAND --help\" for the flags of a command.\n", c.CommandPath())
	}
	_, err := fmt.Fprint(c.OutOrStderr(), b.String())
	return err
}
