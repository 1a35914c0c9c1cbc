package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
)

// deployFlags say whom packages are delivered to. Tokens come from the environment alone: everybody on the machine sees
// a program's arguments.
type deployFlags struct {
	kind, endpoint, webhook, repository, sha, ref string
	insecure                                      bool
}

func (f *deployFlags) add(flags *pflag.FlagSet, kind string) {
	flags.StringVar(&f.kind, "deploy", kind, "whom the packages are delivered to: "+strings.Join(deploy.Kinds, ", "))
	flags.StringVar(&f.endpoint, "instellar-endpoint", "", "`URL` of the platform (default: INSTELLAR_ENDPOINT, else the platform's own)")
	flags.StringVar(&f.webhook, "webhook-url", "", "`URL` that gets the report as a signed POST; PAKMAN_WEBHOOK_SECRET holds the secret")
	flags.StringVar(&f.repository, "github-repository", "", "the repository, `OWNER/NAME` (default: GITHUB_REPOSITORY)")
	flags.StringVar(&f.sha, "sha", "", "the `COMMIT` (default: WORKFLOW_SHA, GITHUB_SHA)")
	flags.StringVar(&f.ref, "ref", "", "its `BRANCH` or tag (default: WORKFLOW_REF, GITHUB_REF)")
	flags.BoolVar(&f.insecure, "insecure", false, "deliver over http:// also to other machines than this one")
}

// options are what the flags and the environment say.
func (f *deployFlags) options(env Env) pipeline.DeployOptions {
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

func newDeploy(env Env) *cobra.Command {
	var to deployFlags
	var key keyFlags
	var config string
	var older, asJSON bool
	c := &cobra.Command{
		Use:   "deploy [FILE|DIR]...",
		Short: "Deliver packages, or a local repository (default: ./packages), to the Instellar platform or a webhook",
		RunE: func(c *cobra.Command, args []string) error {
			o := to.options(env)
			o.Input = pipeline.Input{Config: config, Getenv: env.Getenv}
			o.AllowOlder, o.Paths = older, args
			var err error
			if o.Key, err = key.given(env); err != nil {
				return err
			}
			if len(args) == 0 {
				o.Paths = []string{"packages"}
			}
			rep, err := pipeline.Deploy(c.Context(), o, console{env.Stderr})
			if err != nil {
				return err
			}
			return show(env, rep, asJSON)
		},
	}
	flags := c.Flags()
	to.add(flags, "instellar")
	key.addGiven(flags, "none: everything is signed already")
	flags.StringVarP(&config, "config", "c", "", "the YAML `FILE` with stack, kits, sizes, plans and page (default: pakman.yml or instellar.yml)")
	flags.BoolVar(&older, "allow-older", false, "deliver a version that is not above the last delivered one")
	flags.BoolVar(&asJSON, "json", false, "write the report to standard output as JSON")
	return c
}
