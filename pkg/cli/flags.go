package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/root"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
)

// inputFlags select the application and override its file.
type inputFlags struct {
	config, arch, version, alpine, repository, compression string
	release                                                int
	snapshot                                               bool
	env                                                    variables
}

func (f *inputFlags) add(c *cobra.Command, env process.Env) {
	group(c, groupInput, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.config, "config", "c", "", "YAML `FILE` (default: pakman.yml or instellar.yml in DIR, else its APKBUILD)")
		flags.StringVar(&f.arch, "arch", "", "`ARCHITECTURE` to build for (default: this machine's)")
		flags.StringVar(&f.alpine, "alpine", "",
			"Alpine `RELEASE` to build for: 3.24, v3.24, edge, latest-stable (default: the file's stack, else this system's)")
		flags.StringVar(&f.repository, "repository", apk.DefaultRepository, "`NAME` of the apk repository below the release")
		flags.StringVar(&f.compression, "compression", "",
			"`LEVEL` of compression: fast, balanced, small (default: the file's, else balanced)")
	})
	f.env = variables{}
	group(c, groupBuild, func(flags *pflag.FlagSet) {
		flags.Var(f.env, "build-env", "add `KEY=VALUE` to the small, fixed environment of the build; may be repeated")
	})
	group(c, groupVersion, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.version, "version", "", "`VERSION` of the package (default: from the file or the git tag)")
		flags.BoolVar(&f.snapshot, "snapshot", false, "for unreleased or uncommitted sources: use a version lower than the next release")
		flags.IntVar(&f.release, "release", runNumber(env.Getenv), "package release `N`, pkgrel (default: GITHUB_RUN_NUMBER or 0)")
	})
}

// input returns the pipeline's input for the application in args[0].
func (f *inputFlags) input(args []string, env process.Env) (pipeline.Input, error) {
	dir := "" // the directory of --config, else the current one
	if len(args) > 0 {
		dir = args[0]
	}
	if f.release < 0 {
		return pipeline.Input{}, &usageError{fmt.Errorf("--release %d is not allowed; use 0 or more", f.release)}
	}
	options := recipe.Options{
		Version: f.version, Release: f.release, Repository: f.repository, Alpine: f.alpine,
		Compression: apk.Compression(f.compression),
	}
	if f.arch != "" {
		options.Arches = []string{f.arch}
	}
	if f.snapshot {
		options.Snapshot = time.Now()
	}
	return pipeline.Input{
		Dir: dir, Config: f.config, Recipe: options, Env: f.env, Getenv: env.Getenv,
		Hidden: pipeline.Hidden{KeyTexts: secret.FromEnvironment(env.Getenv)},
	}, nil
}

// runNumber returns the number of GitHub's run as the package release: it increases with every run of a workflow.
func runNumber(getenv func(string) string) int {
	n, err := strconv.Atoi(getenv("GITHUB_RUN_NUMBER"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// keyFlags select the signing keys.
type keyFlags struct {
	files, names []string
	passwordFile string
}

func (f *keyFlags) add(c *cobra.Command) {
	f.addGiven(c, "a key generated once for this user")
	group(c, groupSigning, func(flags *pflag.FlagSet) {
		flags.StringArrayVar(&f.names, "key-name", nil,
			"`NAME` of the key in /etc/apk/keys, without .rsa.pub; repeat it for each key (default: the file's name)")
	})
}

// addGiven adds the flags of commands that take the name of the key from its file; without says what they do without a key.
func (f *keyFlags) addGiven(c *cobra.Command, without string) {
	group(c, groupSigning, func(flags *pflag.FlagSet) {
		flags.StringArrayVar(&f.files, "signing-key", nil,
			"RSA private key `FILE` in PEM form; repeat it for several keys (default: ABUILD_PRIVATE_KEY, else "+without+")")
		flags.StringVar(&f.passwordFile, "signing-key-password-file", "",
			"`FILE` with the key's password, one per line for several keys (default: PAKMAN_SIGNING_KEY_PASSWORD)")
	})
}

func (f *keyFlags) key(env process.Env) (signing.Key, error) {
	key, err := f.given(env)
	if env.ConfigDir != "" {
		key.Dir = filepath.Join(env.ConfigDir, "pakman")
	}
	return key, err
}

// given returns the keys that the user passed: in flags, else in the environment variable of the original PAKman.
func (f *keyFlags) given(env process.Env) (signing.Key, error) {
	key := signing.Key{Files: f.files, Names: f.names, Passwords: secret.New(env.Getenv("PAKMAN_SIGNING_KEY_PASSWORD"))}
	if pem := env.Getenv("ABUILD_PRIVATE_KEY"); pem != "" && len(key.Files) == 0 {
		key.PEM = secret.New(strings.TrimSpace(pem) + "\n")
		if name := signing.Name(env.Getenv("GITHUB_REPOSITORY")); name != "" && len(key.Names) == 0 {
			key.Names = []string{name}
		}
	}
	if f.passwordFile != "" {
		text, err := os.ReadFile(f.passwordFile)
		if err != nil {
			return key, &usageError{fmt.Errorf("--signing-key-password-file: %w", err)}
		}
		key.Passwords = secret.New(string(text))
	}
	return key, nil
}

// bucketFlags configure where to publish.
type bucketFlags struct {
	url                          string
	access                       accessFlags
	overwrite, adopt, allowOlder bool
	description                  string
	adb, noPage                  bool
	retention                    repository.Retention
}

func (f *bucketFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "bucket", "", "publish to `URL`: s3://bucket/prefix, a directory, or file:///directory")
	f.access.add(flags)
	f.access.addWriting(flags)
	flags.BoolVar(&f.overwrite, "overwrite", false, "replace a published package of the same version with different content")
	flags.StringVar(&f.description, "repository-description", "",
		"`TEXT` that apk shows for the repository (default: unchanged, at first its name and release)")
	keepADB(flags, &f.adb)
	omitPage(flags, &f.noPage)
	retentionFlags(flags, &f.retention)
	flags.BoolVar(&f.adopt, "adopt", false, "re-sign an index signed by another key, with everything that it lists")
}

// addOlder adds the flag of commands that check the version before they publish.
func (f *bucketFlags) addOlder(flags *pflag.FlagSet) {
	flags.BoolVar(&f.allowOlder, "allow-older", false, "allow a version lower than the published one")
}

func (f *bucketFlags) bucket(env process.Env) pipeline.Bucket {
	return pipeline.Bucket{
		URL: f.url, Overwrite: f.overwrite, Adopt: f.adopt, AllowOlder: f.allowOlder,
		Config:    f.access.config(env),
		Index:     repository.IndexOptions{Description: f.description, WithoutADB: !f.adb},
		Retention: f.retention, WithoutPage: f.noPage,
	}
}

// checkKey refuses to publish with the key that is made for this machine: a bucket outlives it, and machines install only what
// the keys that they know have signed.
func (f *bucketFlags) checkKey(key signing.Key) error {
	if f.url == "" || key.Given() {
		return nil
	}
	return &usageError{
		errors.New("--bucket is given and --signing-key is not: machines install only what a key that they know has signed; " +
			"make a key once with `pakman keygen`, and pass its file with --signing-key")}
}

// rootFlags say where roots of Alpine come from.
type rootFlags struct{ mirror string }

func (f *rootFlags) add(flags *pflag.FlagSet, env process.Env) {
	flags.StringVar(&f.mirror, "mirror", cmp.Or(env.Getenv("APK_MIRROR"), root.DefaultMirror),
		"`URL` of the Alpine mirror that the builder root installs from; also APK_MIRROR")
}

func (f *rootFlags) roots(kept pipeline.Cache) pipeline.Roots {
	return pipeline.Roots{Dir: cache.Roots(kept.Dir), Mirror: f.mirror}
}

// cacheFlags configure the build cache.
type cacheFlags struct {
	dir, limit string
	force      bool
}

func (f *cacheFlags) add(c *cobra.Command, env process.Env) {
	group(c, groupCache, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.dir, "cache-dir", usualCacheDir(env),
			"build cache `DIR`: caches of the tools, finished packages, and roots of Alpine")
		flags.StringVar(&f.limit, "cache-limit", "10GB", "maximum cache `SIZE`; least recently used entries are removed first")
		flags.BoolVar(&f.force, "force", false, "ignore cached packages")
	})
}

// usualCacheDir returns the directory of the build cache where none is named; empty: this machine has no place for it.
func usualCacheDir(env process.Env) string {
	if env.CacheDir == "" {
		return ""
	}
	return filepath.Join(env.CacheDir, "pakman")
}

func (f *cacheFlags) cache() (pipeline.Cache, error) {
	limit, err := cache.ParseSize(f.limit)
	if err != nil {
		return pipeline.Cache{}, &usageError{fmt.Errorf("--cache-limit: %w", err)}
	}
	return pipeline.Cache{Dir: f.dir, Limit: limit, Force: f.force}, nil
}
