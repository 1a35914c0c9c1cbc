package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/secret"
)

func newBuild(env process.Env) *cobra.Command { //nolint:funlen // one line for each flag
	var in inputFlags
	var key keyFlags
	var bucket bucketFlags
	var deploy deployFlags
	var cache cacheFlags
	var from rootFlags
	var output, builder, isolation string
	var jobs uint
	var asJSON, verify, throwAway, try bool
	c := &cobra.Command{
		Use:   "build [DIR]...",
		Short: "Build, sign and index the packages of the application in each DIR",
		RunE: func(c *cobra.Command, args []string) error {
			if err := pipeline.CheckIsolation(isolation); err != nil {
				return &usageError{fmt.Errorf("--isolation: %w", err)}
			}
			input, err := in.input(nil, env)
			if err != nil {
				return err
			}
			signing, err := key.key(env)
			if err == nil {
				err = bucket.checkKey(signing)
			}
			if err != nil {
				return err
			}
			kept, err := cache.cache()
			if err != nil {
				return err
			}
			to := deploy.options(env)
			if err := trust(&to, bucket.access.config(env)); err != nil {
				return err
			}
			to.AllowOlder = bucket.allowOlder
			options := pipeline.BuildOptions{
				Input: input, Dirs: args, Jobs: int(jobs), Arch: in.arch, Output: output, Builder: builder,
				Roots: from.roots(kept),
				Key:   signing, Bucket: bucket.bucket(env), Cache: kept, Secrets: secret.FromEnvironment(env.Getenv),
				Switch: throwAway, Versioned: true, Isolation: isolation, Try: try,
			}
			if verify {
				options.SecondBuild = &pipeline.SecondBuild{Path: env.Self, Environ: env.Environ}
			}
			rep, failed := pipeline.BuildAndDeploy(c.Context(), options, to, console{env.Stderr})
			if rep == nil {
				return failed
			}
			return show(env, rep, failed, asJSON)
		},
	}
	in.add(c, env)
	group(c, groupBuild, func(flags *pflag.FlagSet) {
		flags.StringVar(&builder, "builder", "auto", "`NAME` of the builder: "+strings.Join(pipeline.Builders, ", "))
		from.add(flags, env)
		flags.UintVarP(&jobs, "jobs", "j", 0, "build `N` applications in parallel (default: number of processors)")
		flags.StringVar(&isolation, "isolation", pipeline.IsolationAuto,
			"`MODE` auto warns about what the system cannot isolate from the build, strict refuses to build")
		flags.BoolVar(&verify, "verify-reproducible", false, "build again in a varied environment; fail if the packages differ")
		flags.BoolVar(&try, "try", false, "install the packages and start their services before anything is published")
		flags.BoolVar(&throwAway, "switch-alpine", env.Getenv("PAKMAN_CONTAINER") != "",
			"with abuild: upgrade or downgrade this Alpine system to the release that the packages are for")
	})
	key.add(c)
	group(c, groupBucket, func(flags *pflag.FlagSet) {
		bucket.add(flags)
		bucket.addOlder(flags)
	})
	cache.add(c, env)
	deploy.add(c, "none")
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		flags.StringVarP(&output, "output", "o", "packages", "`DIR` of the local repository")
		jsonFlag(flags, &asJSON, "write the report to standard output as JSON")
	})
	return c
}

func newPublish(env process.Env) *cobra.Command {
	var o pipeline.PublishOptions
	var key keyFlags
	var bucket bucketFlags
	var arch string
	var asJSON bool
	c := &cobra.Command{
		Use:   "publish [FILE|DIR]... --bucket URL",
		Short: "Publish packages, or a local repository (default: ./packages), to a bucket",
		RunE: func(c *cobra.Command, args []string) error {
			o.Paths = args
			if len(args) == 0 {
				o.Paths = []string{"packages"}
			}
			if bucket.url == "" {
				return &usageError{errors.New("--bucket is required: pass s3://bucket/prefix or a directory")}
			}
			if arch != "" {
				o.Arches = strings.Split(arch, ",")
			}
			var err error
			if o.Key, err = key.key(env); err == nil {
				err = bucket.checkKey(o.Key)
			}
			if err != nil {
				return err
			}
			o.Bucket = bucket.bucket(env)
			rep, err := pipeline.Publish(c.Context(), o, console{env.Stderr})
			if err != nil {
				return err
			}
			return show(env, rep, nil, asJSON)
		},
	}
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVar(&o.Alpine, "alpine", "", "Alpine `RELEASE` of files outside a local repository")
		flags.StringVar(&o.Repository, "repository", apk.DefaultRepository, "apk repository `NAME` of files outside a local repository")
		flags.StringVar(&arch, "arch", "", "comma-separated `ARCHITECTURES` whose index lists noarch packages")
	})
	key.add(c)
	group(c, groupBucket, bucket.add)
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		jsonFlag(flags, &asJSON, "write the report to standard output as JSON")
	})
	return c
}
