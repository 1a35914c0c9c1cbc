package native

import (
	"debug/elf"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// libraries is what the binaries of one package need, and the shared libraries among them that
// others can find.
type libraries struct {
	versions map[string]string // by soname
	needed   []string
}

var (
	libraryName = regexp.MustCompile(`\.so(\.[0-9].*)?$`)
	versioned   = regexp.MustCompile(`\.so\.([0-9].*)$`)
)

func scanLibraries(m *metadata, p output) (libraries, error) {
	l := libraries{versions: map[string]string{}}
	if p.arch == "noarch" {
		return l, nil
	}
	paths := []string{"/lib", "/usr/lib"}
	for dir := range strings.SplitSeq(m.get("ldpath"), ":") {
		paths = append(paths, path.Clean(dir))
	}
	for _, b := range p.elf {
		paths = append(paths, b.runpaths...)
	}
	masked := m.words("somask")
	for _, b := range p.elf {
		if slices.Contains(paths, path.Dir("/"+b.path)) {
			if err := l.add(m, b, masked); err != nil {
				return l, err
			}
		}
	}
	for _, b := range p.elf {
		if b.kind != elf.ET_DYN && b.kind != elf.ET_EXEC {
			continue
		}
		for _, soname := range b.needed {
			if _, own := l.versions[soname]; !own && !slices.Contains(masked, soname) {
				l.needed = append(l.needed, soname)
			}
		}
	}
	return l, nil
}

// add takes b as a shared library that others can find.
func (l *libraries) add(m *metadata, b binary, masked []string) error {
	soname, file := b.soname, path.Base(b.path)
	if soname == "" {
		soname = file
	}
	if b.kind != elf.ET_DYN || !libraryName.MatchString(soname) || slices.Contains(masked, soname) {
		return nil
	}
	version := "0"
	if match := versioned.FindStringSubmatch(file); match != nil {
		version = match[1]
	} else if m.option("sover-namecheck") && versioned.MatchString(soname) {
		return nil
	}
	if err := apk.CheckVersion(version); err != nil {
		return builder.Refuse("/%s: %q is not a version that apk can order: %v", b.path, version, err)
	}
	if old := l.versions[soname]; old == "" || old == "0" {
		l.versions[soname] = version
	}
	return nil
}

func (l *libraries) provides() []string {
	var provides []string
	for soname, version := range l.versions {
		provides = append(provides, "so:"+soname+"="+version)
	}
	return provides
}

// depends names the libraries needed. This machine has no list of who provides them on Alpine;
// apk finds that when it installs.
func (l *libraries) depends(arch string) []string {
	var depends []string
	for _, soname := range l.needed {
		if soname == "libc.so" { // what musl calls itself outside Alpine
			soname = "libc.musl-" + arch + ".so.1"
		}
		depends = append(depends, "so:"+soname)
	}
	return depends
}
