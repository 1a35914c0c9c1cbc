package cli

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/recipe"
)

// The two commands of the original PAKman, with their flags, directories and defaults, so that existing workflows continue to
// work.

func newBootstrap(env process.Env) *cobra.Command {
	var config string
	c := &cobra.Command{
		Use:   "bootstrap",
		Short: "Like the original PAKman: write .apk/OWNER/NAME and ~/.abuild for `abuild -r`",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			workspace := workspace(env)
			key, err := (&keyFlags{}).given(env)
			if err != nil {
				return err
			}
			dir, err := pipeline.Bootstrap(c.Context(), pipeline.BootstrapOptions{
				Input: pipeline.Input{
					Dir: workspace, Config: cmp.Or(config, filepath.Join(workspace, "instellar.yml")), Getenv: env.Getenv,
					Recipe: recipe.Options{Release: runNumber(env.Getenv), Repository: apk.DefaultRepository},
				},
				Repository: env.Getenv("GITHUB_REPOSITORY"), Home: env.Getenv("HOME"),
				Key: key, PublicKey: env.Getenv("ABUILD_PUBLIC_KEY"), KeysDir: "/etc/apk/keys",
			}, console{env.Stderr})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Text(), dir)
			return err
		},
	}
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVar(&config, "config", "", "YAML `FILE` (default: instellar.yml in GITHUB_WORKSPACE)")
	})
	return c
}

func newPush(env process.Env) *cobra.Command {
	deploy := deployFlags{kind: "instellar"}
	var config, archive string
	var concurrency int
	var older bool
	c := &cobra.Command{
		Use:   "push",
		Short: "Like the original PAKman: deploy the packages below ~/packages to Instellar",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if concurrency < 1 {
				return &usageError{fmt.Errorf("--concurrency %d: at least one upload must be allowed", concurrency)}
			}
			o := deploy.options(env)
			if !filepath.IsAbs(config) {
				config = filepath.Join(workspace(env), config)
			}
			o.Input = pipeline.Input{Dir: workspace(env), Config: config, Getenv: env.Getenv}
			var err error
			if o.Key, err = (&keyFlags{}).given(env); err != nil {
				return err
			}
			o.Paths = []string{filepath.Join(env.Getenv("HOME"), "packages")}
			// The archive is built from the packages. The zip file of the workflow is not read; only its name is used.
			o.ArchiveName, o.Parallel, o.AllowOlder = filepath.Base(archive), concurrency, older
			rep, err := pipeline.Deploy(c.Context(), o, console{env.Stderr})
			if err != nil {
				return err
			}
			return show(env, rep, nil, false)
		},
	}
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVar(&config, "config", "instellar.yml", "YAML `FILE`, relative to GITHUB_WORKSPACE")
	})
	group(c, groupDeploy, func(flags *pflag.FlagSet) {
		flags.StringVar(&archive, "archive", "packages.zip", "`NAME` of the archive in the platform's bucket")
		flags.IntVar(&concurrency, "concurrency", 2, "number of parallel uploads")
		flags.BoolVar(&deploy.insecure, "insecure", false, "allow http:// to other machines")
		flags.BoolVar(&older, "allow-older", false, "allow a version that is not higher than the deployed one")
	})
	return c
}

// workspace returns GitHub's workspace, else the current directory.
func workspace(env process.Env) string { return cmp.Or(env.Getenv("GITHUB_WORKSPACE"), ".") }
