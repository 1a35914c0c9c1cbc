package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/usererror"
)

// PublishOptions is what publishing packages that exist needs to be told.
type PublishOptions struct {
	Paths      []string // .apk files, directories that hold some, local repositories
	Alpine     string   // release whose branch takes files that lie in no repository
	Repository string   // likewise; empty: main
	Arches     []string // architectures whose index lists noarch packages; empty: those of a noarch recipe
	Key        Key
	Bucket     Bucket
	// Then is called after a publish, while the packages with their new signatures are there; nil: nothing is.
	Then func(context.Context, *report.Report) error
}

// Publish signs packages that exist, where they are not signed by the keys already, and puts
// them into the bucket.
func Publish(ctx context.Context, o PublishOptions, out console.Console) (*report.Report, error) {
	watch := console.NewStages(out)

	watch.Begin("collect")
	groups, err := collect(o)
	if err != nil {
		return nil, err
	}
	if o.Bucket.URL == "" {
		return nil, usererror.Input(errors.New("publish: no bucket is given; use --bucket s3://name/prefix or --bucket DIRECTORY"))
	}
	bucket, err := o.Bucket.open(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := o.Key.load(out)
	if err != nil {
		return nil, err
	}

	watch.Begin("sign")
	work, err := newWorkspace()
	if err != nil {
		return nil, err
	}
	defer work.remove()
	for _, g := range groups {
		if err := g.sign(ctx, work, keys); err != nil {
			return nil, err
		}
	}

	watch.Begin("publish")
	rep := &report.Report{}
	for _, g := range groups {
		done, err := bucket.put(ctx, repository.Request{
			Location: g.location, Packages: g.files, NoarchFor: g.noarchFor(o.Arches), Keys: keys,
		}, out)
		if err != nil {
			return nil, err
		}
		part, err := newReport(done, keys[0], "", done.Packages[0].Name)
		if err != nil {
			return nil, err
		}
		rep.Add(part)
	}
	rep.Arch, rep.Stages = strings.Join(rep.Arches(), " "), watch.Stop()
	if o.Then != nil {
		err = o.Then(ctx, rep)
	}
	work.forget(rep)
	return rep, err
}

// group is the packages that go to one repository.
type group struct {
	location repository.Location
	files    []string
	arches   []string // directories they were found in
}

// noarchFor returns the architectures for noarch packages: those asked for, else those of the
// repository that the packages lie in, else those of a recipe that names none.
func (g *group) noarchFor(asked []string) []string {
	switch {
	case len(asked) > 0:
		return asked
	case len(g.arches) > 0:
		return g.arches
	}
	return recipe.DefaultTargets()
}

// sign puts re-signed copies in place of the packages that not all keys have signed.
func (g *group) sign(ctx context.Context, work *workspace, keys []*apk.PrivateKey) error {
	for i, file := range g.files {
		if signedBy(file, keys) {
			continue
		}
		dir, err := os.MkdirTemp(work.dir, "signed-")
		if err != nil {
			return err
		}
		signed := filepath.Join(dir, filepath.Base(file))
		if err := apk.SignFile(ctx, signed, file, keys...); err != nil {
			return usererror.Input(fmt.Errorf("%s: %w", file, err))
		}
		g.files[i] = signed
	}
	return nil
}

// signedBy tells that all keys have signed the package, with better than SHA-1, which abuild still uses.
func signedBy(file string, keys []*apk.PrivateKey) bool {
	p, err := apk.ReadFile(file)
	for _, key := range keys {
		strong := err == nil && slices.ContainsFunc(p.Signatures, func(s apk.Signature) bool {
			return s.KeyName == key.Public().Name && s.Hash != "RSA"
		})
		if !strong || apk.VerifyFile(file, key.Public()) != nil {
			return false
		}
	}
	return err == nil
}

// collect finds the packages below o.Paths and groups them by the repository they belong to.
func collect(o PublishOptions) ([]*group, error) {
	branch, err := recipe.ParseBranch(o.Alpine)
	if err != nil {
		return nil, usererror.Input(err)
	}
	fallback := repository.Location{Branch: branch, Repository: o.Repository}
	if fallback.Repository == "" {
		fallback.Repository = "main"
	}
	var groups []*group
	for _, root := range o.Paths {
		found, err := packagesBelow(root)
		if err != nil {
			return nil, usererror.Input(err)
		}
		for _, file := range found {
			groups = addFile(groups, file, fallback)
		}
	}
	if len(groups) == 0 {
		return nil, usererror.Input(fmt.Errorf("publish: no .apk file in %s; build first, or name the files", strings.Join(o.Paths, ", ")))
	}
	return groups, nil
}

// packagesBelow returns root itself when it is a file, else every .apk file below it.
func packagesBelow(root string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (path == root || strings.HasSuffix(path, ".apk")) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}

// addFile puts file into its group: the repository whose layout, <branch>/<repository>/<arch>/, it
// lies in, else fallback. A noarch package lies there once for each architecture; it counts once.
func addFile(groups []*group, file string, fallback repository.Location) []*group {
	location, arch := fallback, ""
	if abs, err := filepath.Abs(file); err == nil {
		if l, a, ok := parseLayout(filepath.Dir(abs)); ok {
			location, arch = l, a
		}
	}
	i := slices.IndexFunc(groups, func(g *group) bool { return g.location == location })
	if i < 0 {
		groups = append(groups, &group{location: location})
		i = len(groups) - 1
	}
	g := groups[i]
	if arch != "" && !slices.Contains(g.arches, arch) {
		g.arches = append(g.arches, arch)
	}
	if !g.holds(file) {
		g.files = append(g.files, file)
	}
	return groups
}

// holds reports whether the group has this very package already, under another architecture.
func (g *group) holds(file string) bool {
	for _, other := range g.files {
		if filepath.Base(other) != filepath.Base(file) {
			continue
		}
		a, errA := apk.ReadFile(other)
		b, errB := apk.ReadFile(file)
		if errA == nil && errB == nil && a.Info.Arch == b.Info.Arch {
			return true
		}
	}
	return false
}

// parseLayout reads <branch>/<repository>/<arch> off the end of dir.
func parseLayout(dir string) (repository.Location, string, bool) {
	arch := filepath.Base(dir)
	rest := filepath.Dir(dir)
	location := repository.Location{Repository: filepath.Base(rest), Branch: filepath.Base(filepath.Dir(rest))}
	branch, err := recipe.ParseBranch(location.Branch)
	return location, arch, err == nil && branch == location.Branch && slices.Contains(apk.Arches(), arch)
}
