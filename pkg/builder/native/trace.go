package native

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// traced is what a package's files tell: what it provides and what it needs.
type traced struct{ provides, depends []string }

// trace reads the packages' files, unless the option !tracedeps is set: commands, shared libraries,
// links from one package into another, Python modules. What it finds is named as apk names it.
func trace(m *metadata, packages []output) ([]traced, error) {
	all := make([]traced, len(packages))
	if m.option("!tracedeps") {
		return all, nil
	}
	libraries := make([]libraries, len(packages))
	for i, p := range packages {
		var err error
		if libraries[i], err = scanLibraries(m, p); err != nil {
			return nil, err
		}
	}
	for i, p := range packages {
		links, err := linkedPackages(m, packages, p)
		if err != nil {
			return nil, err
		}
		described, err := describedPackages(m, packages, p)
		if err != nil {
			return nil, err
		}
		python, modules, err := pythonOf(m, p)
		if err != nil {
			return nil, err
		}
		provided, required, err := pkgConfig(p)
		if err != nil {
			return nil, err
		}
		provides := slices.Concat(commandsOf(m, p.dir), libraries[i].provides(), modules, provided)
		depends := slices.Concat(links, python, described)
		needs := append(libraries[i].depends(p.arch), required...)
		slices.Sort(provides)
		slices.Sort(depends)
		slices.Sort(needs)
		all[i] = traced{provides: slices.Compact(provides), depends: append(slices.Compact(depends), slices.Compact(needs)...)}
	}
	return all, nil
}

// commandsOf returns cmd:NAME=VERSION for each program in the directories of PATH. A link counts
// wherever it leads. A name with @ would be read as a repository's.
func commandsOf(m *metadata, dir string) []string {
	var provides []string
	for _, bin := range []string{"bin", "sbin", "usr/bin", "usr/sbin"} {
		entries, err := os.ReadDir(filepath.Join(dir, bin))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			info, err := entry.Info()
			link := entry.Type()&fs.ModeSymlink != 0
			const anyExecute = 0o111
			if err != nil || strings.Contains(entry.Name(), "@") || strings.HasPrefix(entry.Name(), ".") ||
				!link && (!info.Mode().IsRegular() || info.Mode()&anyExecute == 0) {
				continue
			}
			provides = append(provides, "cmd:"+entry.Name()+"="+m.version())
		}
	}
	return provides
}

// linkedPackages returns NAME=VERSION for each package of this build that a link of p leads into.
func linkedPackages(m *metadata, packages []output, p output) ([]string, error) {
	var depends []string
	err := filepath.WalkDir(p.dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		target, err := os.Readlink(file)
		if err != nil {
			return err
		}
		if !path.IsAbs(target) {
			target = path.Join(strings.TrimPrefix(path.Dir(file), p.dir), target)
		}
		var holders []string
		for _, other := range packages {
			if _, err := os.Lstat(filepath.Join(other.dir, path.Join("/", target))); err == nil {
				holders = append(holders, other.name)
			}
		}
		if len(holders) == 1 && holders[0] != p.name {
			depends = append(depends, holders[0]+"="+m.version())
		}
		return nil
	})
	return depends, err
}

// pythonOf returns the Python that the package's modules need, and the modules it provides.
func pythonOf(m *metadata, p output) (depends, provides []string, err error) {
	dirs, err := filepath.Glob(filepath.Join(p.dir, "usr/lib/python3*/site-packages"))
	if err != nil {
		return nil, nil, err
	}
	if len(dirs) > 1 {
		return nil, nil, builder.Refuse("package %s has modules for more than one version of Python", p.name)
	}
	for _, dir := range dirs {
		version := strings.TrimPrefix(filepath.Base(filepath.Dir(dir)), "python")
		if p.name != "python3" && p.name != "python"+version {
			depends = append(depends, "python3~"+version)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, nil, err
		}
		for _, entry := range entries {
			name, module := strings.CutSuffix(entry.Name(), ".py")
			if entry.IsDir() {
				_, err := os.Stat(filepath.Join(dir, name, "__init__.py"))
				module = err == nil
			}
			if module {
				provides = append(provides, "py"+version+":"+name+"="+m.version())
			}
		}
	}
	return depends, provides, nil
}
