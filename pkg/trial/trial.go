// Package trial installs packages in a root directory of their own, starts their services as a machine would, and waits until
// they answer. What the packages run is confined like a build.
package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/sandbox"
)

// Request is what is tried.
type Request struct {
	Packages  []string         // files
	Name      string           // of the package with the services
	Services  []recipe.Service // in their order
	Hide      []string         // paths of the machine that the packages must not read
	Workspace string           // an empty directory, which is changed
}

// Result is the outcome of one service.
type Result struct {
	Service recipe.Service
	verdict
}

// Works reports whether the service answered.
func (r Result) Works() bool { return r.State == works }

// ErrImpossible is why nothing can be tried on this machine.
var ErrImpossible = errors.New("packages cannot be tried here")

// Possible returns why nothing can be tried on this machine; nil if it can.
func Possible() error {
	switch {
	case sandbox.Available() != sandbox.Namespaces:
		return fmt.Errorf("%w: %w", ErrImpossible, sandbox.ErrRoot)
	case !sandbox.CanCutNetwork():
		return fmt.Errorf("%w: %w", ErrImpossible, sandbox.ErrNetwork)
	}
	return nil
}

// Run installs the packages and starts one service after the other. notes are what the trial could not do as a machine would.
func Run(ctx context.Context, r Request) (results []Result, notes []string, err error) {
	if err := Possible(); err != nil {
		return nil, nil, err
	}
	root := filepath.Join(r.Workspace, "root")
	box, err := sandbox.New(sandbox.Policy{
		Hide: append(hidden(), r.Hide...), Workspace: r.Workspace, Root: root, Offline: true,
	})
	if err != nil {
		return nil, nil, err
	}
	m := &machine{box: box, path: root, name: r.Name, hide: resolved(r.Hide), scriptTime: time.Minute}
	if err := m.install(r.Packages); err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, m.dir.Close()) }()
	for _, name := range []string{".pre-install", ".post-install"} {
		if err := m.script(ctx, name); err != nil {
			return nil, m.notes, err
		}
	}
	for _, service := range r.Services {
		v, err := m.try(ctx, service, len(r.Services) > 1)
		if err != nil {
			return results, m.notes, err
		}
		results = append(results, Result{service, v})
	}
	for _, name := range []string{".pre-deinstall", ".post-deinstall"} {
		if err := m.script(ctx, name); err != nil {
			return results, m.notes, err
		}
	}
	return results, m.notes, nil
}

// foreign returns an error for a package that this machine's processor does not run.
func foreign(p *apk.Package) error {
	if arch := p.Info.Arch; arch != "noarch" && arch != apk.HostArch() {
		return fmt.Errorf("%w: %s is for %s, and this machine is %s", ErrImpossible, p.Info.Name, arch, apk.HostArch())
	}
	return nil
}

// seen are the directories of the machine's root that the packages see.
var seen = []string{"bin", "lib", "lib32", "lib64", "libx32", "nix", "opt", "proc", "sbin", "dev", "sys", "tmp", "usr", "var"}

// hidden returns all other directories of the machine's root, what /var holds besides temporary files, and the state of Nix, with the
// socket of its daemon.
func hidden() []string {
	all := []string{"/nix/var"}
	for _, dir := range []string{"/", "/var"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // nothing that could be seen, either
		}
		for _, e := range entries {
			if dir == "/" && slices.Contains(seen, e.Name()) || dir == "/var" && e.Name() == "tmp" || e.Type()&os.ModeSymlink != 0 {
				continue
			}
			all = append(all, filepath.Join(dir, e.Name()))
		}
	}
	return all
}

// resolved returns paths without links. Those that do not exist are left out.
func resolved(paths []string) []string {
	var out []string
	for _, name := range paths {
		if target, err := filepath.EvalSymlinks(name); err == nil {
			out = append(out, target)
		}
	}
	return out
}
