package cli

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/process"
)

func help(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	env := process.Env{
		Args: append(args, "--help"), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" },
		ConfigDir: "/home/ann/.config", CacheDir: "/home/ann/.cache",
	}
	if code := Main(t.Context(), env); code != ExitOK {
		t.Fatalf("%v: exit code %d: %s", args, code, errs.String())
	}
	return out.String()
}

// every calls visit for each command that help lists.
func every(c *cobra.Command, visit func(c *cobra.Command, args []string), args ...string) {
	visit(c, args)
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			every(sub, visit, append(slices.Clone(args), sub.Name())...)
		}
	}
}

// Help shows each flag that is not hidden once, in a group, in the width of a terminal.
func TestHelp(t *testing.T) {
	root := newRoot(process.Env{Getenv: func(string) string { return "" }})
	every(root, func(c *cobra.Command, args []string) {
		text := help(t, args...)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" || f.Name == "version" && c == root {
				return
			}
			groups := f.Annotations[groupKey]
			if len(groups) != 1 || !slices.Contains(flagGroups, groups[0]) {
				t.Errorf("%s --%s: groups %v", c.CommandPath(), f.Name, groups)
			}
			shown := regexp.MustCompile(`(?m)^ +(?:-\w, )?--`+f.Name+`[ \n]`).FindAllString(text, -1)
			if want := map[bool]int{false: 1, true: 0}[f.Hidden]; len(shown) != want {
				t.Errorf("%s --%s is %d times in its help", c.CommandPath(), f.Name, len(shown))
			}
		})
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > helpWidth+10 {
				t.Errorf("%s: a line of %d columns: %s", c.CommandPath(), n, line)
			}
		}
	})
}

func TestHelpOfBuild(t *testing.T) {
	text, at := help(t, "build"), 0
	for _, want := range []string{
		"Usage:\n  pakman build [DIR]... [flags]\n", "\nInput flags:\n", "--config FILE", "\nVersion flags:\n", "\nBuild flags:\n",
		"\nSigning flags:\n", "\nBucket flags:\n", "\nCache flags:\n", "\nDeploy flags:\n", "\nOutput flags:\n", "--json",
		"\nOther flags:\n", "--help",
	} {
		next := strings.Index(text[at:], want)
		if next < 0 {
			t.Fatalf("no %q in this order:\n%s", want, text)
		}
		at += next
	}
	if text := help(t); !strings.Contains(text, "\nCommands:\n") || strings.Contains(text, "build-again") {
		t.Error(text)
	}
}

// A typing mistake in a command or a flag is answered with the one that was meant.
func TestNearest(t *testing.T) {
	for args, want := range map[string]string{
		"biuld":                  `unknown command "biuld" for "pakman", did you mean build?; see pakman --help`,
		"repo verfy x":           `unknown command "verfy" for "pakman repo", did you mean verify?; see pakman repo --help`,
		"zzz":                    `unknown command "zzz" for "pakman"; see pakman --help`,
		"build --buket x":        `unknown flag: --buket, did you mean --bucket?; see pakman build --help`,
		"repo prune --keep-dais": `unknown flag: --keep-dais, did you mean --keep-days?; see pakman repo prune --help`,
		"plan --zzz":             `unknown flag: --zzz; see pakman plan --help`,
		"build --jobs x":         `"x"`,
	} {
		var out, errs bytes.Buffer
		env := process.Env{Args: strings.Fields(args), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }}
		if code := Main(t.Context(), env); code != ExitInput || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit code %d, %s", args, code, errs.String())
		}
	}
}
