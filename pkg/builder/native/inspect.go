package native

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// foreign are the directories in which the system or its owner, never a package, has files.
var foreign = []string{"srv", "usr/local", "opt", "tmp", "var/tmp", "var/lock", "var/empty", "home", "sys", "proc", "mnt", "dev"}

// inspect finds in an installed package what Alpine does not take.
func inspect(m *metadata, p output, arch string, warn func(string, ...any)) error {
	return errors.Join(
		inspectPlaces(m, p),
		inspectEntries(m, p),
		inspectBinaries(m, p, arch, warn),
	)
}

func inspectPlaces(m *metadata, p output) error {
	var errs []error
	refuse := func(format string, args ...any) {
		errs = append(errs, builder.Refuse("package %s: "+format, append([]any{p.name}, args...)...))
	}
	if !m.option("!fhs") {
		for _, dir := range foreign {
			if entries, err := p.tree.ReadDir(dir); err == nil && len(entries) > 0 {
				refuse("/%s: packages have no files below /%s; install it elsewhere, or set options=\"!fhs\" in your own APKBUILD",
					entries[0].Path, dir)
			}
		}
		if p.exists("usr/var") {
			refuse("/usr/var is not a directory of Alpine; the build's local state directory is probably wrong")
		}
	}
	for _, dir := range []string{"lib64", "usr/lib64"} {
		if p.exists(dir) && !m.option("lib64") {
			refuse("/%s: on Alpine, libraries are in /usr/lib", dir)
		}
	}
	if p.exists("usr/lib/charset.alias") && !m.option("charset.alias") {
		refuse("/usr/lib/charset.alias comes from an old copy of gettext or gnulib in the sources: remove it in package()")
	}
	for _, e := range p.list {
		if page, _ := path.Match("usr/share/man/*/*.[0-8]", e.Path); page && e.Type.IsRegular() {
			refuse("the manual page /%s is not compressed: split it off into a -doc subpackage", e.Path)
			break
		}
	}
	return errors.Join(errs...)
}

// inspectEntries looks at the name and the mode of every entry.
func inspectEntries(m *metadata, p output) error {
	cursor := p.tree.Cursor()
	defer cursor.Close()
	for _, e := range p.list {
		info, err := cursor.Lstat(e.Path)
		if err != nil {
			return err
		}
		target := ""
		if info.Mode&fs.ModeSymlink != 0 {
			if target, err = cursor.Readlink(e.Path); err != nil {
				return err
			}
		}
		if err := builder.CheckEntry(e.Path, target, info.Mode, info.Size, m.words("options")); err != nil {
			return fmt.Errorf("package %s: %w", p.name, err)
		}
		if info.Mode.IsRegular() && strings.HasPrefix(e.Path, "etc/init.d/") && info.Mode&0o100 == 0 {
			return builder.Refuse("package %s: /%s must be executable", p.name, e.Path)
		}
	}
	return nil
}

// inspectBinaries finds programs that cannot run where the package is installed.
func inspectBinaries(m *metadata, p output, arch string, warn func(string, ...any)) error {
	if m.option("!archcheck") {
		return nil
	}
	for _, b := range p.elf {
		if b.textrel && !m.option("textrels") {
			return builder.Refuse("package %s: /%s has text relocations, which musl does not load: compile all of it with -fPIC", p.name,
				b.path)
		}
		problem := b.problem(p, arch)
		switch {
		case problem == "":
		case b.program() || !m.option("!tracedeps") || p.arch == "noarch":
			return builder.Refuse("package %s: /%s %s", p.name, b.path, problem)
		default:
			// A library among the application's files is often one of several, for other machines.
			warn("%s: /%s %s", p.name, b.path, problem)
		}
	}
	return nil
}

// problem says why b cannot run in the package; empty when it can.
func (b *binary) problem(p output, arch string) string {
	switch {
	case p.arch == "noarch":
		return "is a compiled file, and the package says it is for every architecture: name the architecture instead of noarch"
	case b.machine != builder.Machine(arch):
		return builder.ForeignText(b.machine, arch)
	case b.glibc():
		return "is linked to the GNU C library, which Alpine does not have: link it statically (Go: CGO_ENABLED=0; Rust: a musl " +
			"target), or build it on Alpine, as the action's container does, with --builder abuild"
	}
	return ""
}

// finish removes what abuild removes: libtool's .la files, and the usual directories of the main
// package where they are empty.
func finish(ctx context.Context, m *metadata, packages []output) error {
	for _, p := range packages {
		if m.option("libtool") {
			break
		}
		entries, err := p.tree.List(ctx)
		if err != nil {
			return fmt.Errorf("package %s: %w", p.name, err)
		}
		for _, e := range entries {
			if e.Type.IsRegular() && strings.HasSuffix(e.Path, ".la") {
				if err := p.tree.Remove(e.Path); err != nil {
					return err
				}
			}
		}
	}
	if m.option("keepdirs") {
		return nil
	}
	main := packages[len(packages)-1]
	for _, dir := range []string{"usr/lib", "usr/bin", "usr/share", "usr", "etc", "lib"} {
		if info, err := main.tree.Lstat(dir); err == nil && info.Mode.IsDir() {
			_ = main.tree.Remove(dir) // fails where there is something in it, as it should
		}
	}
	return nil
}
