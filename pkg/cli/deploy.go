package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store/open"
)

// deployFlags select the deployment target. Tokens come only from the environment, because everybody on the machine can read
// the arguments of a program.
type deployFlags struct {
	kind, endpoint, webhook, repository, sha, ref string
	insecure                                      bool
}

func (f *deployFlags) add(c *cobra.Command, kind string) {
	group(c, groupDeploy, func(flags *pflag.FlagSet) { f.addTo(flags, kind) })
}

func (f *deployFlags) addTo(flags *pflag.FlagSet, kind string) {
	flags.StringVar(&f.kind, "deploy", kind, "deployment `TARGET`: "+strings.Join(deploy.Kinds, ", "))
	flags.StringVar(&f.endpoint, "instellar-endpoint", "", "`URL` of the platform (default: INSTELLAR_ENDPOINT, else https://opsmaru.com)")
	flags.StringVar(&f.webhook, "webhook-url", "", "`URL` to send the report to as a signed POST; PAKMAN_WEBHOOK_SECRET is the secret")
	flags.StringVar(&f.repository, "github-repository", "",
		"GitHub repository `OWNER/NAME` of the application (default: GITHUB_REPOSITORY)")
	flags.StringVar(&f.sha, "sha", "", "`COMMIT` of the application (default: WORKFLOW_SHA, GITHUB_SHA)")
	flags.StringVar(&f.ref, "ref", "", "`BRANCH` or tag of the commit (default: WORKFLOW_REF, GITHUB_REF)")
	flags.BoolVar(&f.insecure, "insecure", false, "allow http:// to other machines")
}

// options returns the options from the flags and the environment.
func (f *deployFlags) options(env process.Env) pipeline.DeployOptions {
	commit := deploy.CommitFromEnvironment(env.Getenv)
	return pipeline.DeployOptions{Options: deploy.Options{
		Kind: f.kind, HTTP: httpjson.Options{Insecure: f.insecure},
		Commit: deploy.Commit{
			Repository: cmp.Or(f.repository, commit.Repository), SHA: cmp.Or(f.sha, commit.SHA), Ref: cmp.Or(f.ref, commit.Ref),
		},
		PublicKey:     env.Getenv("ABUILD_PUBLIC_KEY"),
		Endpoint:      cmp.Or(f.endpoint, env.Getenv("INSTELLAR_ENDPOINT")),
		AuthToken:     secret.New(env.Getenv("INSTELLAR_AUTH_TOKEN")),
		PackageToken:  secret.New(env.Getenv("INSTELLAR_PACKAGE_TOKEN")),
		WebhookURL:    f.webhook,
		WebhookSecret: secret.New(env.Getenv("PAKMAN_WEBHOOK_SECRET")),
	}}
}

// trust has the targets reached with the authorities that --ca-file names.
func trust(to *pipeline.DeployOptions, access open.Config) (err error) {
	if access.CAFile != "" {
		to.HTTP.Transport, err = open.NewTransport(access)
	}
	return err
}

func newDeploy(env process.Env) *cobra.Command {
	var to deployFlags
	var key keyFlags
	var config, authorities string
	var older, asJSON bool
	c := &cobra.Command{
		Use:   "deploy [FILE|DIR]...",
		Short: "Deploy packages, or a local repository (default: ./packages), to Instellar or a webhook",
		RunE: func(c *cobra.Command, args []string) error {
			o := to.options(env)
			o.Input = pipeline.Input{Config: config, Getenv: env.Getenv}
			o.AllowOlder, o.Paths = older, args
			var err error
			if o.Key, err = key.given(env); err != nil {
				return err
			}
			if err := trust(&o, open.Config{CAFile: authorities, Getenv: env.Getenv}); err != nil {
				return err
			}
			if len(args) == 0 {
				o.Paths = []string{"packages"}
			}
			rep, err := pipeline.Deploy(c.Context(), o, console{env.Stderr})
			if err != nil {
				return err
			}
			return show(env, rep, nil, asJSON)
		},
	}
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVarP(&config, "config", "c", "",
			"YAML `FILE` with stack, kits, sizes, plans and page (default: pakman.yml or instellar.yml)")
	})
	key.addGiven(c, "none: everything is signed already")
	to.add(c, "instellar")
	group(c, groupDeploy, func(flags *pflag.FlagSet) {
		flags.BoolVar(&older, "allow-older", false, "allow a version that is not higher than the deployed one")
		flags.StringVar(&authorities, "ca-file", "", "PEM `FILE` of additional certificate authorities to trust")
	})
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		jsonFlag(flags, &asJSON, "write the report to standard output as JSON")
	})
	return c
}
