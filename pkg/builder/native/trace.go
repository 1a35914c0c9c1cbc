package native

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// traced is what a package's files tell: what it provides and what it needs.
type traced struct{ provides, depends []string }

// trace reads the packages' files, unless the option !tracedeps is set: commands, shared libraries,
// links from one package into another, Python modules. What it finds is named as apk names it.
func (s *session) trace(m *metadata, packages []output) ([]traced, error) {
	all := make([]traced, len(packages))
	if m.option("!tracedeps") {
		return all, nil
	}
	libraries, modules := make([]libraries, len(packages)), make([]modules, len(packages))
	for i, p := range packages {
		var err error
		if libraries[i], err = scanLibraries(m, p); err != nil {
			return nil, err
		}
		if modules[i], err = scanModules(p); err != nil {
			return nil, err
		}
	}
	for i, p := range packages {
		links, err := linkedPackages(m, packages, p)
		if err != nil {
			return nil, err
		}
		described := describedPackages(m, packages, p)
		python, pythonModules, err := pythonOf(m, p)
		if err != nil {
			return nil, err
		}
		provided, required := s.pkgConfig(p, modules[i], modules)
		provides := slices.Concat(commandsOf(m, p), libraries[i].provides(), pythonModules, provided)
		depends := slices.Concat(links, python, described)
		needs := append(libraries[i].depends(p.arch), required...)
		slices.Sort(provides)
		slices.Sort(depends)
		slices.Sort(needs)
		if err := checkTraced(p, provides, needs); err != nil {
			return nil, err
		}
		all[i] = traced{provides: slices.Compact(provides), depends: append(slices.Compact(depends), slices.Compact(needs)...)}
	}
	return all, nil
}

// tracedWord is what tracing finds: a kind, a name as the file says it, and perhaps a version.
var tracedWord = regexp.MustCompile(`^(?:cmd|so|pc|py[0-9.]+):[^\s<>=~@]+(?:[<>=]+[^\s<>=~@]+)?$|^pkgconfig$`)

// checkTraced refuses names that would be read as others, or as several, in .PKGINFO.
func checkTraced(p output, lists ...[]string) error {
	for _, word := range slices.Concat(lists...) {
		if !tracedWord.MatchString(word) {
			return builder.Refuse(
				"package %s: a file in it is called %q, which no dependency can name: rename it, or set options=\"!tracedeps\"", p.name,
				word)
		}
	}
	return nil
}

// commandsOf returns cmd:NAME=VERSION for each program in the directories of PATH. A link counts
// wherever it leads. A name with a version in it, or @ for a repository, could not be told from one of another program.
func commandsOf(m *metadata, p output) []string {
	var provides []string
	for _, e := range p.list {
		if name, ok := commandName(e.Path); ok && p.runs(e) {
			provides = append(provides, "cmd:"+name+"="+m.version())
		}
	}
	return provides
}

// commandName returns the name of the program that a file at that path is.
func commandName(file string) (name string, ok bool) {
	dir, name := path.Split(file)
	if !slices.Contains([]string{"bin/", "sbin/", "usr/bin/", "usr/sbin/"}, dir) || strings.ContainsAny(name, "@<>=~ \t\n") ||
		strings.HasPrefix(name, ".") {
		return "", false
	}
	return name, true
}

// runs reports whether the entry is a link or an executable file.
func (p output) runs(e tree.Entry) bool {
	const anyExecute = 0o111
	info, err := p.tree.Lstat(e.Path)
	return err == nil && (info.Mode&fs.ModeSymlink != 0 || info.Mode.IsRegular() && info.Mode&anyExecute != 0)
}

// linkedPackages returns NAME=VERSION for each package of this build that a link of p leads into.
func linkedPackages(m *metadata, packages []output, p output) ([]string, error) {
	var depends []string
	for _, e := range p.list {
		if e.Type&fs.ModeSymlink == 0 {
			continue
		}
		target, err := p.tree.Readlink(e.Path)
		if err != nil {
			return nil, err
		}
		if !path.IsAbs(target) {
			target = path.Join("/", path.Dir(e.Path), target)
		}
		var holders []string
		for _, other := range packages {
			if name := strings.TrimPrefix(path.Clean(target), "/"); name == "" || other.exists(name) {
				holders = append(holders, other.name)
			}
		}
		if len(holders) == 1 && holders[0] != p.name {
			depends = append(depends, holders[0]+"="+m.version())
		}
	}
	return depends, nil
}

// pythonOf returns the Python that the package's modules need, and the modules it provides.
func pythonOf(m *metadata, p output) (depends, provides []string, err error) {
	var dirs []string
	for _, e := range p.list {
		if modules, _ := path.Match("usr/lib/python3*/site-packages", e.Path); modules && e.Type.IsDir() {
			dirs = append(dirs, e.Path)
		}
	}
	if len(dirs) > 1 {
		return nil, nil, builder.Refuse("package %s has modules for more than one version of Python", p.name)
	}
	for _, dir := range dirs {
		version := strings.TrimPrefix(path.Base(path.Dir(dir)), "python")
		if p.name != "python3" && p.name != "python"+version {
			depends = append(depends, "python3~"+version)
		}
		entries, err := p.tree.ReadDir(dir)
		if err != nil {
			return nil, nil, err
		}
		for _, entry := range entries {
			name, module := strings.CutSuffix(path.Base(entry.Path), ".py")
			if entry.Type.IsDir() {
				module = p.exists(path.Join(dir, name, "__init__.py"))
			}
			if module {
				provides = append(provides, "py"+version+":"+name+"="+m.version())
			}
		}
	}
	return depends, provides, nil
}
