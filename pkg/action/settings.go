package action

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store/open"
)

// settings are the inputs as the pipeline takes them.
type settings struct {
	command   string
	input     pipeline.Input
	dirs      []string
	jobs      int
	arch      string
	builder   string
	isolation string
	output    string
	key       signing.Key
	bucket    pipeline.Bucket
	cache     pipeline.Cache
	deploy    pipeline.DeployOptions
	again     *pipeline.Again
	hub       hub
	prune     repository.PruneRequest // as far as the inputs for the command of that name say
	trusted   []string                // public key files
	ours      bool                    // this is the action's container: its Alpine may be brought to another release
	env       map[string]string
	secrets   []string
}

// readSettings reads every input and reports every mistake in them at once.
func readSettings(gha *githubactions.Action, env Env) (*settings, error) {
	values := map[string]string{}
	var found []string // the values of secret inputs
	for _, in := range inputs {
		v := gha.GetInput(in.Name)
		if v == "" {
			v = in.Default
		}
		values[in.Name] = v
		if in.Secret && v != "" {
			found = append(found, v)
		}
	}
	release, errRelease := release(values["release"], env.Getenv)
	on, errOn := booleans(values, "publish", "overwrite", "release-notes", "packages-adb", "page", "dry-run", "strays", "adopt", "allow-older", "verify-reproducible", "force", "insecure")
	keep, errKeep := count("input keep", values["keep"])
	keepDays, errDays := count("input keep-days", values["keep-days"])
	timeout, errTimeout := duration("timeout", values["timeout"])
	jobs, errJobs := count("input jobs", values["jobs"])
	kept, errCache := cacheOf(values, on["force"], env.CacheDir)
	buildEnv, errEnv := parseEnv(values["build-env"])
	errIsolation := pipeline.CheckIsolation(values["isolation"])
	if errIsolation != nil {
		errIsolation = fmt.Errorf("input isolation: %w", errIsolation)
	}
	hub, errHub := readHub(values, on, env.Getenv)
	s := &settings{
		command:   values["command"],
		ours:      env.Getenv("PAKMAN_CONTAINER") != "",
		dirs:      lines(values["directory"]),
		jobs:      jobs,
		arch:      values["arch"],
		builder:   values["builder"],
		isolation: values["isolation"],
		output:    values["output"],
		cache:     kept,
		env:       buildEnv,
		hub:       hub,
		secrets:   append(found, secret.FromEnvironment(env.Getenv)...),
		key:       signingKey(values, env.Getenv),
		input: pipeline.Input{
			Config: values["config"], Getenv: env.Getenv,
			Recipe: recipe.Options{
				Version: values["version"], Release: release, Repository: values["repository"], Alpine: values["alpine"],
				Compression: apk.Compression(values["compression"]),
			},
		},
	}
	if s.arch != "" {
		s.input.Recipe.Arches = []string{s.arch}
	}
	if on["verify-reproducible"] {
		s.again = &pipeline.Again{Path: env.Self, Environ: env.Environ}
	}
	if on["publish"] {
		s.bucket = bucket(values, env.Getenv)
		s.bucket.Config.Timeout = timeout
		s.bucket.Overwrite, s.bucket.Adopt, s.bucket.AllowOlder = on["overwrite"], on["adopt"], on["allow-older"]
	}
	s.bucket.Retention = repository.Retention{Keep: keep, KeepDays: keepDays}
	s.bucket.WithoutPage = !on["page"]
	s.bucket.Index = repository.IndexOptions{Description: values["repository-description"], WithoutADB: !on["packages-adb"]}
	s.deploy = deployment(values, env.Getenv)
	s.deploy.AllowOlder, s.deploy.HTTP.Insecure = on["allow-older"], on["insecure"]
	errGrace := s.readKeeping(values, on)
	s.withhold()
	return s, errors.Join(errHub, errRelease, errOn, errJobs, errKeep, errDays, errGrace, errTimeout, errCache, errEnv, errIsolation, s.check())
}

// check finds settings that do not go together.
func (s *settings) check() error {
	reads := slices.Contains([]string{"matrix", "check", "verify"}, s.command) || s.command == "prune" && s.prune.DryRun
	if s.bucket.URL != "" && s.key.PEM.Empty() && len(s.key.Files) == 0 && !reads {
		return errors.New("input bucket is given and signing-key is not: machines can only install what a lasting key has signed; make one with `pakman keygen`, store it as a secret, and give it as signing-key (or set publish: false)")
	}
	if s.hub.wanted() && s.key.PEM.Empty() && len(s.key.Files) == 0 {
		return errors.New("input release-assets or release-notes is given and signing-key is not: nobody could install what a key has signed that is thrown away")
	}
	return nil
}

func (s *settings) build() pipeline.BuildOptions {
	return pipeline.BuildOptions{
		Input: s.input, Dirs: s.dirs, Jobs: s.jobs, Arch: s.arch, Native: true, Output: s.output, Builder: s.builder, Key: s.key, Bucket: s.bucket,
		Env: s.env, Cache: s.cache, Again: s.again, Secrets: s.secrets, Switch: s.ours, Isolation: s.isolation,
	}
}

func (s *settings) publishing() pipeline.PublishOptions {
	return pipeline.PublishOptions{
		Paths: []string{s.output}, Alpine: s.input.Recipe.Alpine, Repository: s.input.Recipe.Repository,
		Arches: s.input.Recipe.Arches, Key: s.key, Bucket: s.bucket,
	}
}

// cacheOf reads what is kept for later builds: in this container, which lives no longer than the step, where nothing
// is said.
func cacheOf(values map[string]string, force bool, usual string) (pipeline.Cache, error) {
	c := pipeline.Cache{Dir: values["cache-dir"], Force: force}
	if c.Dir == "" && usual != "" {
		c.Dir = filepath.Join(usual, "pakman")
	}
	var err error
	if c.Limit, err = cache.ParseSize(values["cache-limit"]); err != nil {
		err = fmt.Errorf("input cache-limit: %w", err)
	}
	return c, err
}

func bucket(values map[string]string, getenv func(string) string) pipeline.Bucket {
	return pipeline.Bucket{URL: values["bucket"], Config: open.Config{
		Endpoint: values["endpoint"], Region: values["region"], AccessKeyID: values["access-key-id"],
		SecretAccessKey: secret.New(values["secret-access-key"]), Getenv: getenv,
		RoleARN: values["role-arn"], RoleSession: values["role-session-name"], STSEndpoint: values["sts-endpoint"],
		Addressing: values["addressing"], CAFile: values["ca-file"],
	}}
}

// deployment says whom the packages are delivered to. The variables are those of the original PAKman.
func deployment(values map[string]string, getenv func(string) string) pipeline.DeployOptions {
	return pipeline.DeployOptions{Options: deploy.Options{
		Kind: values["deploy"], Commit: deploy.CommitFromEnvironment(getenv), PublicKey: getenv("ABUILD_PUBLIC_KEY"),
		Endpoint:     cmp.Or(values["instellar-endpoint"], getenv("INSTELLAR_ENDPOINT")),
		AuthToken:    secret.New(cmp.Or(values["instellar-auth-token"], getenv("INSTELLAR_AUTH_TOKEN"))),
		PackageToken: secret.New(cmp.Or(values["instellar-package-token"], getenv("INSTELLAR_PACKAGE_TOKEN"))),
		WebhookURL:   values["webhook-url"], WebhookSecret: secret.New(values["webhook-secret"]),
	}}
}

// delivery is that of packages which an earlier step or job built.
func (s *settings) delivery() pipeline.DeployOptions {
	o := s.deploy
	o.Kind = cmp.Or(o.Kind, "instellar")
	o.Input, o.Key, o.Paths = s.input, s.key, []string{s.output}
	if len(s.dirs) > 0 {
		o.Dir = s.dirs[0]
	}
	return o
}

// signingKey takes the keys themselves or the path of their file. A key's name is what the platform expects:
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
			// Not a path: let the key parser say what is wrong without printing it.
			key.PEM = secret.New(value)
		}
	}
	return key
}
