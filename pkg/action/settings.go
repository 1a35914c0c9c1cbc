package action

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store/open"
)

// settings are the inputs as the pipeline takes them.
type settings struct {
	command string
	input   pipeline.Input
	dirs    []string
	jobs    int
	arch    string
	builder string
	output  string
	key     pipeline.Key
	bucket  pipeline.Bucket
	env     map[string]string
	secrets []string
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
	publish, errPublish := boolean("publish", values["publish"])
	overwrite, errOverwrite := boolean("overwrite", values["overwrite"])
	adb, errADB := boolean("packages-adb", values["packages-adb"])
	adopt, errAdopt := boolean("adopt", values["adopt"])
	older, errOlder := boolean("allow-older", values["allow-older"])
	jobs, errJobs := count("input jobs", values["jobs"])
	buildEnv, errEnv := parseEnv(values["build-env"])
	s := &settings{
		command: values["command"],
		dirs:    lines(values["directory"]),
		jobs:    jobs,
		arch:    values["arch"],
		builder: values["builder"],
		output:  values["output"],
		env:     buildEnv,
		secrets: append(found, secret.FromEnvironment(env.Getenv)...),
		key:     signingKey(values, env.Getenv("GITHUB_REPOSITORY")),
		input: pipeline.Input{
			Config: values["config"], Getenv: env.Getenv,
			Recipe: recipe.Options{
				Version: values["version"], Release: release, Repository: values["repository"], Alpine: values["alpine"],
			},
		},
	}
	if s.arch != "" {
		s.input.Recipe.Arches = []string{s.arch}
	}
	if publish {
		s.bucket = bucket(values, env.Getenv)
		s.bucket.Overwrite, s.bucket.Adopt, s.bucket.AllowOlder = overwrite, adopt, older
	}
	s.bucket.Index = repository.IndexOptions{Description: values["repository-description"], WithoutADB: !adb}
	return s, errors.Join(errRelease, errJobs, errPublish, errOverwrite, errADB, errAdopt, errOlder, errEnv, s.check())
}

// check finds settings that do not go together.
func (s *settings) check() error {
	if s.bucket.URL != "" && s.key.PEM.Empty() && len(s.key.Files) == 0 {
		return errors.New("input bucket is given and signing-key is not: machines can only install what a lasting key has signed; make one with `pakman keygen`, store it as a secret, and give it as signing-key (or set publish: false)")
	}
	return nil
}

func (s *settings) build(env Env) pipeline.BuildOptions {
	return pipeline.BuildOptions{
		Input: s.input, Dirs: s.dirs, Jobs: s.jobs, Arch: s.arch, Output: s.output, Builder: s.builder, Key: s.key, Bucket: s.bucket,
		Env: s.env, CacheDir: env.CacheDir, Secrets: s.secrets,
	}
}

func (s *settings) publishing() pipeline.PublishOptions {
	return pipeline.PublishOptions{
		Paths: []string{s.output}, Alpine: s.input.Recipe.Alpine, Repository: s.input.Recipe.Repository,
		Arches: s.input.Recipe.Arches, Key: s.key, Bucket: s.bucket,
	}
}

func bucket(values map[string]string, getenv func(string) string) pipeline.Bucket {
	return pipeline.Bucket{URL: values["bucket"], Config: open.Config{
		Endpoint: values["endpoint"], Region: values["region"], AccessKeyID: values["access-key-id"],
		SecretAccessKey: secret.New(values["secret-access-key"]), Getenv: getenv,
	}}
}

// signingKey takes the keys themselves or the path of their file. A key's name is what the platform expects:
// OWNER-REPOSITORY.
func signingKey(values map[string]string, repository string) pipeline.Key {
	key := pipeline.Key{
		Names:     strings.FieldsFunc(values["key-name"], func(r rune) bool { return r == ',' || unicode.IsSpace(r) }),
		Passwords: secret.New(values["signing-key-password"]),
	}
	if owner, repo, ok := strings.Cut(repository, "/"); ok && len(key.Names) == 0 {
		key.Names = []string{recipe.Slug(owner) + "-" + recipe.Slug(repo)}
	}
	value := values["signing-key"]
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

func release(value string, getenv func(string) string) (int, error) {
	if value == "" {
		return count("GITHUB_RUN_NUMBER", getenv("GITHUB_RUN_NUMBER"))
	}
	return count("input release", value)
}

// count reads a whole number; it is 0 where none is given.
func count(name, value string) (int, error) {
	if value == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: %q is not a whole number from 0", name, value)
	}
	return n, nil
}

// lines gives the lines of an input that takes several values, without empty ones.
func lines(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

// boolean reads a boolean as the Actions toolkit does: YAML 1.2 core, three spellings of each.
func boolean(name, value string) (bool, error) {
	switch value {
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	}
	return false, fmt.Errorf("input %s: %q is neither true nor false", name, value)
}

// parseEnv reads lines KEY=VALUE; empty lines and lines that begin with # are skipped.
func parseEnv(text string) (map[string]string, error) {
	env := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if trimmed := strings.TrimSpace(line); trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		if !ok || !validName(key) {
			return nil, fmt.Errorf("input build-env: line %d is not KEY=VALUE with a key of letters, digits and _", i+1)
		}
		env[key] = value
	}
	return env, nil
}

func validName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
