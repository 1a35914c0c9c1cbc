package recipe

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
)

// What abuild requires and the file may omit.
const (
	defaultRepository = apk.DefaultRepository
	defaultLicense    = "custom"   // Alpine's word for a licence that is not in SPDX's list
	noSuchHost        = ".invalid" // RFC 6761: never resolves
	maxDescription    = 127        // bytes; abuild refuses more
)

// repositoryName becomes a directory of the repository's URL.
var repositoryName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

// resolver collects the mistakes that the user has to correct.
type resolver struct {
	file    *config.File
	facts   source.Facts
	options Options
	faults  config.Faults
}

// Resolve decides everything. Its error is config.Faults, all of them, if the user can correct it; a fault of an option
// names the flag in place of the file.
func Resolve(f *config.File, facts source.Facts, o Options) (*Recipe, error) {
	v := &resolver{file: f, facts: facts, options: o}
	r := &Recipe{
		Name:        v.name(),
		Release:     v.release(),
		Branch:      v.branch(),
		Repository:  v.repository(),
		Maintainer:  f.Maintainer,
		Compression: v.compression(),
	}
	v.version(r)
	r.Arches, r.Targets = v.arches()
	v.about(r)
	v.dependencies(r)
	v.contents(r)
	v.run(r)
	v.relations(r)
	v.subpackages(r)
	v.origin(r)
	if len(v.faults) > 0 {
		return nil, v.sorted()
	}
	return r, nil
}

// fault notes a mistake at a key of the file.
func (v *resolver) fault(key, hint, format string, args ...any) {
	v.faults = append(v.faults, config.Fault{Pos: v.file.Pos(key), Key: key, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// flag notes a mistake in an option.
func (v *resolver) flag(name, hint, format string, args ...any) {
	v.faults = append(v.faults, config.Fault{Pos: config.Pos{File: name}, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// sorted returns the faults of the options, then those of the file in its order.
func (v *resolver) sorted() config.Faults {
	slices.SortStableFunc(v.faults, func(a, b config.Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return v.faults
}

func (v *resolver) release() int {
	if v.options.Release < 0 {
		v.flag("--release", "Use 0 or more", "found %d, a non-negative integer is expected", v.options.Release)
	}
	return v.options.Release
}

func (v *resolver) repository() string {
	name := cmp.Or(v.options.Repository, defaultRepository)
	if !repositoryName.MatchString(name) {
		v.flag("--repository", "Use lowercase letters, digits and . _ -", "%q is not a valid repository name", name)
	}
	return name
}

// compression returns the compression of the option or of the file, which config has checked.
func (v *resolver) compression() apk.Compression {
	if c := v.options.Compression; c != "" {
		if err := c.Check(); err != nil {
			v.flag("--compression", "Or omit the flag", "%s",
				config.NotOneOf(string(c), string(apk.Fast), string(apk.Balanced), string(apk.Small)))
		}
		return c
	}
	return cmp.Or(apk.Compression(v.file.Compression), apk.Balanced)
}

// about fills in the package's description, address and licence.
func (v *resolver) about(r *Recipe) {
	r.Description = cmp.Or(oneLine(v.file.Description), r.Name[:min(len(r.Name), maxDescription)])
	if n := len(r.Description); n > maxDescription {
		v.fault("description", "Shorten it", "is %d bytes long, at most %d are allowed", n, maxDescription)
	}
	remote := v.facts.RemoteURL
	if config.Hidden(remote) >= 0 {
		remote = "" // the user cannot correct it in the file
	}
	r.URL = cmp.Or(v.file.URL, remote, "https://"+r.Name+noSuchHost)
	r.License = cmp.Or(strings.TrimSpace(v.file.License), defaultLicense)
}

// dependencies takes the file's lists; run adds what services need.
func (v *resolver) dependencies(r *Recipe) {
	f := v.file
	r.Depends = unique(f.Dependencies.Runtime)
	if f.Type == "static" {
		r.Depends = with(r.Depends, siteServer)
	}
	r.CheckoutSources = checkoutSources(f.Source)
	r.MakeDepends = unique(f.Dependencies.Build)
	r.CheckDepends = unique(f.Dependencies.Check)
	r.Provides, r.Replaces, r.Conflicts = unique(f.Provides), unique(f.Replaces), unique(f.Conflicts)
	r.Trace = f.Dependencies.Trace
	r.Strip = f.Build.StripBinary == nil || *f.Build.StripBinary
}

// unique trims words and removes empty and repeated ones.
func unique(words []string) []string {
	var out []string
	for _, w := range words {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// with adds a package to dependencies unless they name it, with or without a version.
func with(depends []string, name string) []string {
	if needs(depends, name) {
		return depends
	}
	return append(depends, name)
}

func needs(depends []string, name string) bool {
	return slices.ContainsFunc(depends, func(d string) bool { return apk.DependencyName(d) == name })
}

// contents fills in how the application is built and what is packaged.
func (v *resolver) contents(r *Recipe) {
	b := v.file.Build
	r.Prepare = v.script("build.prepare", b.Prepare)
	r.Build = v.script("build.command", b.Command)
	r.Check = v.script("check.command", v.file.Check.Command)
	r.Package = v.script("package", v.file.Package)
	for name, text := range v.file.Hook {
		if s := v.script("hook."+name, text); s != nil {
			if r.Hooks == nil {
				r.Hooks = map[string]Script{}
			}
			r.Hooks[name] = *s
		}
	}
	r.BuildEnv = maps.Clone(b.Env)
	r.Destinations = unique(b.Destinations)
	r.Exclude = slices.Clone(b.Exclude)
	r.Config = v.configName()
	r.KeepGit = b.KeepGit
	r.Offline = b.Network != nil && !*b.Network
	r.Timeout = b.Timeout
	r.AllowSecrets = installed(b.AllowSecrets)
	for _, f := range v.file.Files {
		r.Files = append(r.Files, newFile(f))
	}
	v.formerServer(r)
}

// configName returns the configuration file's path within the application's directory; empty where it is elsewhere.
func (v *resolver) configName() string {
	name, err := filepath.Rel(cmp.Or(v.options.Dir, "."), v.file.Path)
	if err != nil || !filepath.IsLocal(name) {
		return ""
	}
	return filepath.ToSlash(name)
}

// script returns nil for empty text.
func (v *resolver) script(key, text string) *Script {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return &Script{Text: text, Pos: v.file.Pos(key)}
}

// origin fills in the facts of the checkout.
func (v *resolver) origin(r *Recipe) {
	r.Commit = v.facts.Commit
	if r.Commit != "" && v.facts.Dirty {
		r.Commit += "-dirty"
	}
	r.Epoch = max(0, v.facts.Time.Unix())
}
