package pipeline

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/secretscan"
)

// secretRules say which secrets a package may hold.
type secretRules struct {
	pos     config.Pos       // of what chooses the files
	own     bool             // there is no YAML file: the APKBUILD is the user's own
	allowed []string         // absolute globs of files and directories
	keys    *secretscan.Keys // that sign: never in a package
}

func newSecretRules(p *Plan, keys []*apk.PrivateKey) secretRules {
	var texts [][]byte
	for _, key := range keys {
		texts = append(texts, key.PEM())
	}
	return secretRules{pos: p.Config.Pos("build.destinations"), own: p.Own, allowed: p.Recipe.AllowSecrets,
		keys: secretscan.NewKeys(texts...)}
}

// check refuses secrets that are not allowed. Those of the packages that an application is made of are published already: it warns
// of them.
func (r secretRules) check(secrets map[string][]secretscan.Finding, warn func(config.Fault)) error {
	var faults config.Faults
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		fault := config.Fault{
			Pos: r.pos, Key: "build.destinations",
			Message: fmt.Sprintf("the package holds /%s with %s: everybody who installs it can read that", name, kinds(secrets[name])),
			Hint: "Leave the file out with build.exclude or .pakmanignore; if it is meant to be there, " +
				"write `build: {allow_secrets: [" + name + "]}`",
		}
		if r.own {
			fault.Key = ""
			fault.Hint = "Leave the file out in package(); if it is meant to be there, " +
				"write the comment `# allow_secrets: " + name + "` into the APKBUILD"
		}
		switch {
		case slices.ContainsFunc(secrets[name], func(f secretscan.Finding) bool { return f.Signing }):
			fault.Message = fmt.Sprintf("the package holds /%s, which is the key that signs the packages", name)
			fault.Hint = "Move the key out of the application's directory. It is in no published package; if it ever was in one, make a " +
				"new key"
			faults = append(faults, fault)
		case r.allows(name):
		case secretscan.InDependency(name):
			fault.Warning = true
			fault.Hint = "It belongs to a dependency. Leave it out with build.exclude, or allow it with build.allow_secrets"
			warn(fault)
		default:
			faults = append(faults, fault)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

// kinds names what was found in a file.
func kinds(found []secretscan.Finding) string {
	var what []string
	for _, f := range found {
		what = append(what, f.What)
	}
	return strings.Join(what, ", ")
}

// allows reports whether a glob matches the file or a directory above it.
func (r secretRules) allows(name string) bool {
	for file := "/" + name; file != "/"; file = path.Dir(file) {
		if slices.ContainsFunc(r.allowed, func(glob string) bool {
			match, err := path.Match(glob, file)
			return err == nil && match || strings.TrimSuffix(glob, "/") == file
		}) {
			return true
		}
	}
	return false
}
