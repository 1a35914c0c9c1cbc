package action

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store/open"
)

// settings are the inputs in the form that the pipeline needs.
type settings struct {
	command string
	build   pipeline.BuildOptions
	deploy  pipeline.DeployOptions
	github  githubRun
	prune   repository.PruneRequest // without what the pipeline adds
	trusted []string                // public key files

	cacheInput string // cache
	cacheDir   bool   // cache-dir is given
}

// readSettings reads every input and reports every mistake in them at once.
func readSettings(ctx context.Context, gha *githubactions.Action, env process.Env) (*settings, error) {
	in := newReader(gha, env.Getenv)
	s := &settings{
		command: in.text("command"),
		github:  in.githubRun(),
		prune: repository.PruneRequest{Grace: in.duration("grace"), DryRun: in.bool("dry-run"),
			Unreferenced: in.bool("unreferenced") || in.bool("strays")},
		trusted: in.lines("public-key"),
		build: pipeline.BuildOptions{
			Input: pipeline.Input{
				Config: in.text("config"), Getenv: env.Getenv, Env: in.buildEnv(),
				Recipe: recipe.Options{
					Version: in.text("version"), Release: in.release(), Repository: in.text("repository"), Alpine: in.text("alpine"),
					Compression: apk.Compression(in.text("compression")),
				},
			},
			Dirs: in.lines("directory"), Jobs: in.count("jobs"), Arch: in.text("arch"), Native: true,
			Builder: in.text("builder"), Isolation: in.text("isolation"), Output: in.text("output"),
			Key: signingKey(in.values, env.Getenv), Bucket: in.bucket(), Cache: in.cache(env.CacheDir),
			// Nobody else uses the action's own container: its Alpine may be changed to another release.
			Switch: env.Getenv("PAKMAN_CONTAINER") != "",
		},
	}
	s.cacheInput, s.cacheDir = in.cacheUse(), in.text("cache-dir") != ""
	s.build.Secrets = slices.Concat(in.secrets, secret.FromEnvironment(env.Getenv))
	s.build.Hidden = pipeline.Hidden{Keys: s.build.Key.Files, KeyTexts: s.build.Secrets}
	in.check("isolation", pipeline.CheckIsolation(s.build.Isolation))
	if s.build.Arch != "" {
		s.build.Recipe.Arches = []string{s.build.Arch}
	}
	if in.bool("verify-reproducible") {
		s.build.SecondBuild = &pipeline.SecondBuild{Path: env.Self, Environ: env.Environ}
	}
	s.build.Try = in.bool("try")
	s.build.Roots = pipeline.Roots{Dir: cache.Roots(s.build.Cache.Dir), Mirror: env.Getenv("APK_MIRROR")}
	s.deploy = deployment(in.values, env.Getenv)
	s.deploy.AllowOlder, s.deploy.HTTP.Insecure = s.build.Bucket.AllowOlder, in.bool("insecure")
	if in.text("ca-file") != "" {
		reach, err := open.NewTransport(in.access())
		in.check("ca-file", err)
		s.github.reach, s.deploy.HTTP.Transport = reach, reach
	}
	return s, errors.Join(in.err(), s.withhold(ctx), s.check())
}

// reads reports whether the command changes nothing, neither in the bucket nor on GitHub.
func (s *settings) reads() bool {
	return slices.Contains([]string{"matrix", "check", "verify"}, s.command) || s.command == "prune" && s.prune.DryRun
}

// check reports settings that contradict each other.
func (s *settings) check() error {
	if s.command == "release" { // which signs nothing
		return nil
	}
	if s.build.Bucket.URL != "" && !s.build.Key.Given() && !s.reads() {
		return errors.New("input bucket needs signing-key: machines can only install packages that a permanent key has signed; make " +
			"one with `pakman keygen`, store it as a secret, and pass it as signing-key (or set publish: false)")
	}
	if s.github.wanted() && !s.build.Key.Given() {
		return errors.New(
			"the inputs release-assets and release-notes need signing-key: nobody could install packages that a temporary key has signed")
	}
	return nil
}

func (s *settings) publishing() pipeline.PublishOptions {
	return pipeline.PublishOptions{
		Paths: []string{s.build.Output}, Alpine: s.build.Recipe.Alpine, Repository: s.build.Recipe.Repository,
		Arches: s.build.Recipe.Arches, Key: s.build.Key, Bucket: s.build.Bucket,
	}
}

// cache returns the build cache. By default it is in this container, and is lost after the step.
func (in *reader) cache(usual string) pipeline.Cache {
	c := pipeline.Cache{Dir: in.text("cache-dir"), Force: in.bool("force")}
	if c.Dir == "" && usual != "" {
		c.Dir = filepath.Join(usual, "pakman")
	}
	var err error
	c.Limit, err = cache.ParseSize(in.text("cache-limit"))
	in.check("cache-limit", err)
	return c
}

// cacheUse returns how the runner's cache service is used; empty: as it is usual for the run.
func (in *reader) cacheUse() string {
	use := in.text("cache")
	if use != "" && !slices.Contains([]string{"auto", "read", "off"}, use) {
		in.check("cache", errors.New(config.NotOneOf(use, "auto", "read", "off")))
	}
	return use
}

// buildEnv returns the variables that are added to the environment of the build.
func (in *reader) buildEnv() map[string]string {
	env, err := parseEnv(in.text("build-env"))
	in.check("build-env", err)
	return env
}

// bucket returns where and how to publish; without a URL if the input publish is false.
func (in *reader) bucket() pipeline.Bucket {
	b := pipeline.Bucket{
		Overwrite: in.bool("overwrite"), Adopt: in.bool("adopt"), AllowOlder: in.bool("allow-older"),
		Retention:   repository.Retention{Keep: in.count("keep"), KeepDays: in.count("keep-days")},
		WithoutPage: !in.bool("page"),
		Index:       repository.IndexOptions{Description: in.text("repository-description"), WithoutADB: !in.bool("packages-adb")},
	}
	if in.text("publish") == "" || in.bool("publish") {
		b.URL, b.Config = in.text("bucket"), in.access()
	}
	return b
}

// access returns how to reach the store, and with which credentials.
func (in *reader) access() open.Config {
	return open.Config{
		Endpoint: in.text("endpoint"), Region: in.text("region"), AccessKeyID: in.text("access-key-id"),
		SecretAccessKey: secret.New(in.text("secret-access-key")), Getenv: in.getenv,
		SessionToken: secret.New(in.text("session-token")),
		RoleARN:      in.text("role-arn"), RoleSession: in.text("role-session-name"), STSEndpoint: in.text("sts-endpoint"),
		SSE: in.text("sse"), SSEKMSKey: in.text("sse-kms-key-id"), ACL: in.text("acl"),
		Addressing: in.text("addressing"), CAFile: in.text("ca-file"), Timeout: in.duration("timeout"),
		Setting: func(name string) string { return "the input " + name }, Temporary: true,
	}
}

// deployment returns the deployment target. The environment variables are those of the original PAKman.
func deployment(values map[string]string, getenv func(string) string) pipeline.DeployOptions {
	return pipeline.DeployOptions{Options: deploy.Options{
		Kind: values["deploy"], Commit: deploy.CommitFromEnvironment(getenv), PublicKey: getenv("ABUILD_PUBLIC_KEY"),
		Endpoint:     cmp.Or(values["instellar-endpoint"], getenv("INSTELLAR_ENDPOINT")),
		AuthToken:    secret.New(cmp.Or(values["instellar-auth-token"], getenv("INSTELLAR_AUTH_TOKEN"))),
		PackageToken: secret.New(cmp.Or(values["instellar-package-token"], getenv("INSTELLAR_PACKAGE_TOKEN"))),
		WebhookURL:   values["webhook-url"], WebhookSecret: secret.New(values["webhook-secret"]),
	}}
}

// delivery returns the deployment of packages that an earlier step or job built.
func (s *settings) delivery() pipeline.DeployOptions {
	o := s.deploy
	o.Kind = cmp.Or(o.Kind, "instellar")
	o.Input, o.Key, o.Paths = s.build.Input, s.build.Key, []string{s.build.Output}
	if len(s.build.Dirs) > 0 {
		o.Dir = s.build.Dirs[0]
	}
	return o
}

// signingKey reads the keys themselves, or the path of their file. The default name is the one that the platform expects:
// OWNER-REPOSITORY.
func signingKey(values map[string]string, getenv func(string) string) signing.Key {
	key := signing.Key{
		Names:     strings.FieldsFunc(values["key-name"], func(r rune) bool { return r == ',' || unicode.IsSpace(r) }),
		Passwords: secret.New(values["signing-key-password"]),
	}
	if name := signing.Name(getenv("GITHUB_REPOSITORY")); name != "" && len(key.Names) == 0 {
		key.Names = []string{name}
	}
	value := cmp.Or(values["signing-key"], getenv("ABUILD_PRIVATE_KEY"))
	switch {
	case value == "":
	case strings.Contains(value, "-----BEGIN"):
		key.PEM = secret.New(value + "\n")
	default:
		if _, err := os.Stat(value); err == nil {
			key.Files = []string{value}
		} else {
			// This is not a path: the key parser reports the mistake without printing the value.
			key.PEM = secret.New(value)
		}
	}
	return key
}
