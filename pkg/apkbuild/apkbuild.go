// Package apkbuild renders a recipe into the build directory that abuild, or the native builder in its place, makes
// packages from: the APKBUILD, the service files that its package() installs, and the install scripts. Every text of
// the user's goes through a quoter; only the user's own command blocks stand as they were written, once it is sure
// that each of them ends where it should.
package apkbuild

import (
	"fmt"

	"github.com/pakman/build/pkg/recipe"
)

// AppDir is the directory below the build directory that holds the copy of the application; it is the APKBUILD's builddir.
const AppDir = "app"

// File is one generated file.
type File struct {
	Name string // relative to the build directory
	Mode uint32
	Body []byte
}

// Directory is a rendered build directory, APKBUILD first.
type Directory []File

// Render returns the build directory of r. No I/O. Its error is config.Faults where the recipe holds what cannot be
// written into the files, such as a script that does not parse.
func Render(r *recipe.Recipe) (Directory, error) {
	if err := check(r); err != nil {
		return nil, err
	}
	v, err := newView(r)
	if err != nil {
		return nil, err
	}
	services, err := renderServices(v)
	if err != nil {
		return nil, err
	}
	hooks, err := renderHooks(v, initDigest(v, services))
	if err != nil {
		return nil, err
	}
	v.addSources(services)
	body, err := execute("APKBUILD", v)
	if err != nil {
		return nil, fmt.Errorf("render APKBUILD: %w", err)
	}
	dir := Directory{{Name: "APKBUILD", Mode: 0o644, Body: body}}
	dir = append(dir, services...)
	return append(dir, hooks...), nil
}
