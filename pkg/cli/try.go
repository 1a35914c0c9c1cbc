package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/secret"
)

func newTry(env process.Env) *cobra.Command {
	var in inputFlags
	var cache cacheFlags
	var from rootFlags
	var builder string
	c := &cobra.Command{
		Use:   "try [DIR|PACKAGE...]",
		Short: "Install the packages of the application in DIR, start their services, and ask whether they work",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && strings.HasSuffix(args[0], ".apk") {
				input, err := in.input(nil, env)
				if err != nil {
					return err
				}
				return pipeline.Try(c.Context(), input, args, console{env.Stderr})
			}
			input, err := in.input(args, env)
			if err != nil {
				return err
			}
			kept, err := cache.cache()
			if err != nil {
				return err
			}
			return pipeline.TryApplication(c.Context(), pipeline.BuildOptions{
				Input: input, Dirs: args, Arch: in.arch, Builder: builder, Secrets: secret.FromEnvironment(env.Getenv),
				Roots: from.roots(kept), Cache: kept,
			}, console{env.Stderr})
		},
	}
	in.add(c, env)
	group(c, groupBuild, func(flags *pflag.FlagSet) {
		flags.StringVar(&builder, "builder", "auto", "`NAME` of the builder: "+strings.Join(pipeline.Builders, ", "))
		from.add(flags, env)
	})
	cache.add(c, env)
	return c
}
