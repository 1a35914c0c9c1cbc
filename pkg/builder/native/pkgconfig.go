package native

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// modules are the pkg-config files of a package.
type modules struct {
	any      bool     // there is a directory of them
	provides []string // NAME=VERSION
	requires []string // of other packages
}

func scanModules(p output) (modules, error) {
	var m modules
	var requires []string
	for _, dir := range []string{"usr/lib/pkgconfig", "usr/share/pkgconfig"} {
		entries, err := p.tree.ReadDir(dir)
		if err != nil {
			continue // there is none
		}
		m.any = true
		for _, e := range entries {
			if !builder.IsModule(e.Path) || !e.Type.IsRegular() {
				continue
			}
			text, err := p.tree.ReadFile(e.Path, builder.MaxModule)
			if err != nil {
				return m, builder.Refuse("package %s: the pkg-config file cannot be read: %v", p.name, err)
			}
			one, err := builder.ParseModule(e.Path, text)
			if err != nil {
				return m, err
			}
			m.provides = append(m.provides, one.Provides...)
			requires = append(requires, one.Requires...)
		}
	}
	for _, word := range requires {
		if !m.has(moduleName(word)) {
			m.requires = append(m.requires, word)
		}
	}
	return m, nil
}

// moduleName returns the name in NAME or NAME>=VERSION.
func moduleName(word string) string { return word[:strings.IndexAny(word+"=", "<>=")] }

func (m modules) has(name string) bool {
	return slices.ContainsFunc(m.provides, func(word string) bool { return moduleName(word) == name })
}

// pkgConfig returns pc:NAME=VERSION for each module of the package, and the modules it needs, with pkgconfig itself. Those
// that nobody provides, neither a package of the build nor this machine, are left out with a warning, as abuild does.
func (s *session) pkgConfig(p output, own modules, all []modules) (provides, depends []string) {
	if own.any {
		depends = []string{"pkgconfig"}
	}
	for _, word := range own.provides {
		provides = append(provides, "pc:"+word)
	}
	for _, word := range own.requires {
		name := moduleName(word)
		if slices.ContainsFunc(all, func(m modules) bool { return m.has(name) }) || s.installedModule(name) {
			depends = append(depends, "pc:"+word)
		} else {
			s.warn("%s: Could not find any provider for pc:%s: no package of this build and no file of this machine is that module, "+
				"so the package does not depend on it", p.name, word)
		}
	}
	return provides, depends
}

// modulePlaces are where pkg-config files are on Alpine and on other systems.
var modulePlaces = []string{"/usr/lib/pkgconfig", "/usr/share/pkgconfig", "/usr/lib/*/pkgconfig", "/usr/lib64/pkgconfig",
	"/usr/local/lib/pkgconfig", "/usr/local/share/pkgconfig"}

// installedModule reports whether this machine has the module.
func (s *session) installedModule(name string) bool {
	if strings.ContainsAny(name, `/*?[\`) {
		return false
	}
	places := slices.Clone(modulePlaces)
	for _, entry := range s.env {
		if path, ok := strings.CutPrefix(entry, "PKG_CONFIG_PATH="); ok {
			places = append(places, filepath.SplitList(path)...)
		}
	}
	return slices.ContainsFunc(places, func(dir string) bool {
		found, _ := filepath.Glob(filepath.Join(s.job.Root, dir, name+".pc")) //nolint:forbidigo // the machine's own files
		return len(found) > 0
	})
}
