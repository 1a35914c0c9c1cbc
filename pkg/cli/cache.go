package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/usererror"
)

// newCache makes the command that lists the build cache, and below it the one that empties it.
func newCache(env process.Env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "cache",
		Short: "List what the build cache holds: roots of Alpine, caches of tools, finished packages",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			entries, err := cache.List(c.Context(), dir)
			if err != nil {
				return usererror.Input(err)
			}
			for _, e := range entries {
				if _, err := fmt.Fprintf(env.Text(), "%-60s %10s\n", e.Name, humanize.Bytes(uint64(e.Size))); err != nil { //#nosec G115
					return err
				}
			}
			return nil
		},
	}
	clear := &cobra.Command{
		Use:   "clear [NAME]...",
		Short: "Remove everything, or what NAMEs begin: roots, roots/v3.19, tools, builds",
		RunE: func(c *cobra.Command, args []string) error {
			removed, err := cache.Clear(c.Context(), dir, args)
			tellRemoved(env.Stderr, removed)
			if err != nil {
				return usererror.Input(err)
			}
			return nil
		},
	}
	for _, each := range []*cobra.Command{c, clear} {
		group(each, groupCache, func(flags *pflag.FlagSet) {
			flags.StringVar(&dir, "cache-dir", usualCacheDir(env), "build cache `DIR`")
		})
	}
	c.AddCommand(clear)
	return c
}

// tellRemoved names what was removed, or of many entries of a kind only how many they were.
func tellRemoved(w io.Writer, names []string) {
	const most = 5
	kinds := map[string][]string{}
	for _, name := range names {
		kind, _, _ := strings.Cut(name, "/")
		kinds[kind] = append(kinds[kind], name)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if n := len(kinds[kind]); n > most {
			fmt.Fprintf(w, "removed %d entries of %s\n", n, kind)
			continue
		}
		for _, name := range kinds[kind] {
			fmt.Fprintln(w, "removed "+name)
		}
	}
}
