// Package native builds packages anywhere: it runs the functions of an APKBUILD with the machine's
// own shell and packs in Go what abuild would pack, without Alpine, root or fakeroot.
package native

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// Builder is the native builder.
type Builder struct {
	// User is whom builds run as when this program is root. Empty: pakman or nobody.
	User string
	// InRoot: the builds run in Job.Root, which holds what they depend on.
	InRoot bool
}

var _ builder.Builder = Builder{}

// Name returns "native", or "root" of builds in a root.
func (b Builder) Name() string {
	if b.InRoot {
		return "root"
	}
	return "native"
}

// account returns whom builds run as.
func (b Builder) account() (*builder.Account, error) {
	return builder.FindAccount(b.User, "pakman", "nobody")
}

// Build runs the APKBUILD in j.Dir and packs what its package() and split functions installed. A
// failing command of the user's is a *builder.CommandError, whatever else makes the build
// directory or the package wrong a *builder.RefusedError.
func (b Builder) Build(ctx context.Context, j builder.Job) ([]string, error) {
	as, err := b.account()
	if err != nil {
		return nil, err
	}
	s, err := newSession(ctx, j, as)
	if err != nil {
		return nil, err
	}
	files, err := s.make(ctx)
	return files, errors.Join(err, s.close())
}

// make does what Build says.
func (s *session) make(ctx context.Context) ([]string, error) {
	r, err := s.read(ctx, s.checkNative)
	if err != nil {
		return nil, err
	}
	m := r.main
	if s.job.Root == "" { // a root was made with what the build depends on
		if err := missingCommand(m, s.lookPath); err != nil {
			return nil, err
		}
	}
	if err := s.unpack(ctx, m); err != nil {
		return nil, err
	}
	for _, phase := range phases(m) {
		s.progress(phase)
		if err := s.runPhase(ctx, r, phase); err != nil {
			return nil, err
		}
	}
	packages, err := s.split(ctx, r)
	defer closeAll(packages)
	if err != nil {
		return nil, err
	}
	if err := s.given.check(s.work, r.plan, m); err != nil {
		return nil, err
	}
	s.progress("pack")
	return s.pack(ctx, r, packages)
}

// phases returns the functions to run, in order. prepare always runs: by default it applies patches. The
// sources are unpacked already when an APKBUILD's own unpack() runs.
func phases(m *metadata) []string {
	run := []string{"prepare", "build"}
	if m.functions["unpack"] {
		run = append([]string{"unpack"}, run...)
	}
	if !slices.Contains(m.words("options"), "!check") && m.functions["check"] {
		run = append(run, "check")
	}
	return append(run, "package")
}

// output is a package that is being made.
type output struct {
	name string
	arch string
	vars *metadata    // its own pkgdesc, depends, …
	tree *tree.Dir    // what it installs
	list []tree.Entry // all that is in it, read by pack
	elf  []binary     // its compiled files, likewise
}

// exists reports whether the package holds an entry of that path.
func (p output) exists(name string) bool {
	_, err := p.tree.Lstat(name)
	return err == nil
}

func closeAll(packages []output) {
	for _, p := range packages {
		if p.tree != nil {
			_ = p.tree.Close() // only a descriptor
		}
	}
}

// split runs the split function of each subpackage and returns all packages, the main one last, as
// the subpackages take their files from it.
func (s *session) split(ctx context.Context, r *reading) (all []output, err error) {
	for _, p := range slices.Concat(r.packages[1:], r.packages[:1]) {
		if p.name == r.main.get("pkgname") {
			if p.tree, err = s.installed(p.name); err != nil {
				return all, builder.Refuse("package() did not make the directory $pkgdir: nothing is installed")
			}
			all = append(all, p)
			continue
		}
		if err := s.runSplit(ctx, r, p); err != nil {
			return all, err
		}
		if p.tree, err = s.installed(p.name); err != nil {
			return all, builder.Refuse("subpackage %s: its split function moved nothing into it", p.name)
		}
		all = append(all, p)
	}
	return all, nil
}

// pack checks the packages, traces what they need and provide, and writes them.
func (s *session) pack(ctx context.Context, r *reading, packages []output) ([]string, error) {
	owners, err := s.readOwners(r.main)
	if err != nil {
		return nil, err
	}
	if err := finish(ctx, r.main, packages); err != nil {
		return nil, err
	}
	var sizes tree.Sizes // of all packages together
	for i := range packages {
		if err := s.list(ctx, &packages[i], &sizes); err != nil {
			return nil, err
		}
		if err := s.examine(ctx, r.main, &packages[i], owners); err != nil {
			return nil, err
		}
	}
	traced, err := s.trace(r.main, packages)
	if err != nil {
		return nil, err
	}
	var files []string
	for i, p := range packages {
		planned := r.plan.Find(p.name)
		info := planned.Info
		info.Provides = slices.Concat(info.Provides, traced[i].provides)
		info.Depends = slices.Concat(info.Depends, traced[i].depends)
		file := filepath.Join(s.job.Output, info.Filename())
		contents := apk.Tree{Dir: p.tree, Owner: owners.of(p.tree)}
		if _, err := apk.Create(ctx, file, info, planned.Scripts, contents, apk.Compress(s.job.Compression)); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	slices.Sort(files)
	return files, nil
}

// list reads what a package holds, before any file of it is read.
func (s *session) list(ctx context.Context, p *output, sizes *tree.Sizes) (err error) {
	if p.list, err = p.tree.List(ctx); err == nil {
		err = sizes.AddAll(ctx, p.tree, p.list)
	}
	if err != nil {
		return fmt.Errorf("package %s: %w", p.name, err)
	}
	return nil
}

// examine looks at the files of a package, of which none may be anybody else's, and strips them.
func (s *session) examine(ctx context.Context, m *metadata, p *output, owners owners) (err error) {
	if err := s.checkGivenAway(*p, owners); err != nil {
		return err
	}
	if p.elf, err = binaries(ctx, p.tree, p.list); err != nil {
		return err
	}
	if err := inspect(m, *p, s.job.Arch, s.warn); err != nil {
		return err
	}
	return s.strip(ctx, m, *p)
}
