// Package native builds packages anywhere: it runs the functions of an APKBUILD with the machine's
// own shell and packs in Go what abuild would pack, without Alpine, root or fakeroot.
package native

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// Builder is the native builder.
type Builder struct {
	// User is whom builds run as when this program is root. Empty: pakman or nobody.
	User string
}

var _ builder.Builder = Builder{}

// Name is "native".
func (Builder) Name() string { return "native" }

// Build runs the APKBUILD in j.Dir and packs what its package() and split functions installed. A
// failing command of the user's is a *builder.CommandError, whatever else makes the build
// directory or the package wrong a *builder.RefusedError.
func (b Builder) Build(ctx context.Context, j builder.Job) ([]string, error) {
	s, err := newSession(ctx, j, b.User)
	if err != nil {
		return nil, err
	}
	files, err := s.make(ctx)
	return files, errors.Join(err, s.close())
}

// make does what Build says.
func (s *session) make(ctx context.Context) ([]string, error) {
	m, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.check(s.job.Arch, s.job.Dir); err != nil {
		return nil, err
	}
	text, err := s.build.ReadFile("APKBUILD")
	if err != nil {
		return nil, err
	}
	if err := checkCalls(text); err != nil {
		return nil, err
	}
	if err := missingCommand(m, s.lookPath); err != nil {
		return nil, err
	}
	if err := s.unpack(ctx, m); err != nil {
		return nil, err
	}
	for _, phase := range phases(m) {
		s.progress(phase)
		if err := s.runPhase(ctx, m, phase); err != nil {
			return nil, err
		}
	}
	packages, err := s.split(ctx, m)
	if err != nil {
		return nil, err
	}
	s.progress("pack")
	return s.pack(ctx, m, packages)
}

// phases are the functions to run, in order. prepare always runs: by default it applies patches. The
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
	dir  string    // what it installs
	vars *metadata // its own pkgdesc, depends, …
	elf  []binary  // its compiled files, read by pack
}

// split runs the split function of each subpackage and returns all packages, the main one last, as
// the subpackages take their files from it.
func (s *session) split(ctx context.Context, m *metadata) ([]output, error) {
	main := output{name: m.get("pkgname"), arch: m.arch(s.job.Arch), dir: s.pkgdir(m.get("pkgname")), vars: m}
	if !s.installed(main.name) {
		return nil, builder.Refuse("package() did not make the directory $pkgdir: nothing is installed")
	}
	var all []output
	for _, entry := range m.words("subpackages") {
		sub := m.subpackage(entry, s.job.Arch)
		sub.dir = s.pkgdir(sub.name)
		vars, err := s.runSplit(ctx, m, entry)
		if err != nil {
			return nil, err
		}
		sub.vars = vars
		if !s.installed(sub.name) {
			return nil, builder.Refuse("subpackage %s: its split function moved nothing into it", sub.name)
		}
		all = append(all, sub)
	}
	return append(all, main), nil
}

// pack checks the packages, traces what they need and provide, and writes them.
func (s *session) pack(ctx context.Context, m *metadata, packages []output) ([]string, error) {
	if err := finish(m, packages); err != nil {
		return nil, err
	}
	for i, p := range packages {
		var err error
		if p.elf, err = binaries(p.dir); err != nil {
			return nil, err
		}
		packages[i] = p
		if err := inspect(m, p, s.job.Arch, s.warn); err != nil {
			return nil, err
		}
		if err := s.strip(ctx, m, p); err != nil {
			return nil, err
		}
	}
	traced, err := trace(m, packages)
	if err != nil {
		return nil, err
	}
	owners, err := s.readOwners(m)
	if err != nil {
		return nil, err
	}
	var files []string
	for i, p := range packages {
		if err := s.checkGivenAway(p, owners); err != nil {
			return nil, err
		}
		info := s.info(m, p, traced[i])
		scripts, err := s.scripts(m, p.name)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(s.job.Output, info.Filename())
		if _, err := apk.Create(ctx, file, info, scripts, apk.Tree{Root: p.dir, Owner: owners.of(p.dir)}, apk.Compress(s.job.Compression)); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	slices.Sort(files)
	return files, nil
}
