// Package abuild builds packages with abuild, Alpine's own package builder. Started as root, it
// gives the build an unprivileged user without any group, installs the build's dependencies
// itself and removes them afterwards; started as a user, it leaves that to abuild. abuild signs
// with a key that is made for one build alone.
package abuild

import (
	"context"
	"errors"
	"os/exec"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/native"
)

// Builder drives the abuild on PATH.
type Builder struct {
	// User is whom builds run as when this program is root. Empty: pakman, builder or nobody, the
	// first that exists.
	User string
}

var _ builder.Builder = Builder{}

// Name returns "abuild".
func (Builder) Name() string { return "abuild" }

// Build runs abuild in j.Dir, which it changes: the build's user becomes its owner.
//
// A failing command of the user's is a *builder.CommandError, a build directory or a package that
// abuild does not accept a *builder.RefusedError, a package that the build needs and that cannot be
// installed a *DependencyError.
func (b Builder) Build(ctx context.Context, j builder.Job) ([]string, error) {
	path, err := exec.LookPath("abuild")
	if err != nil {
		return nil, ErrNotInstalled
	}
	as, err := findAccount(b.User)
	if err != nil {
		return nil, err
	}
	return build(ctx, path, j, as)
}

// build builds with the abuild at path as that account, or as this process's user for nil.
func build(ctx context.Context, path string, j builder.Job, as *builder.Account) (packages []string, err error) {
	s, err := newSession(ctx, path, j, as)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }() // only read
	plan, err := native.Plan(ctx, j, as)
	if err != nil {
		return nil, err
	}
	s.monitor.enter("prepare")
	undo, options, err := s.prepare(ctx)
	defer func() {
		if failed := undo(); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	if err != nil {
		return nil, err
	}
	s.monitor.enter("build")
	if err := s.run(ctx, options...); err != nil {
		return nil, err
	}
	if err := s.checkUnchanged(); err != nil {
		return nil, err
	}
	return s.collect(ctx, plan)
}
