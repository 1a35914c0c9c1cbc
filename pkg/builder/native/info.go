package native

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// info is .PKGINFO of a package, without what apk.Create fills in.
func (s *session) info(m *metadata, p output, t traced) apk.Info {
	own := func(word string) bool { return word == p.name }
	info := apk.Info{
		Name:             p.name,
		Version:          m.version(),
		Description:      p.vars.get("pkgdesc"),
		URL:              p.vars.get("url"),
		BuildDate:        s.job.Epoch,
		Packager:         s.job.Packager,
		Maintainer:       m.get("maintainer"),
		Arch:             p.arch,
		Origin:           m.get("pkgname"),
		Commit:           s.job.Commit,
		License:          strings.Join(p.vars.words("license"), " "),
		Depends:          slices.DeleteFunc(p.vars.words("depends"), own),
		Provides:         append(p.vars.words("provides"), t.provides...),
		Replaces:         p.vars.words("replaces"),
		ReplacesPriority: number(p.vars.get("replaces_priority")),
		ProviderPriority: number(p.vars.get("provider_priority")),
		InstallIf:        p.vars.words("install_if"),
		Triggers:         m.triggers(p.name),
		Generator:        "pakman",
	}
	if s.needsShell(m, p) {
		info.Depends = append(info.Depends, "/bin/sh")
	}
	info.Depends = append(info.Depends, t.depends...)
	return info
}

// number reads a priority, which check has seen to be digits or empty.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// triggers are the directories that the package's trigger watches.
func (m *metadata) triggers(name string) []string {
	var dirs []string
	for _, trigger := range m.words("triggers") {
		if script, list, _ := strings.Cut(trigger, "="); script == name+".trigger" {
			dirs = append(dirs, strings.Split(list, ":")...)
		}
	}
	return dirs
}

// scriptFiles are the package's install scripts and trigger, by file name.
func (m *metadata) scriptFiles(name string) []string {
	var files []string
	for _, word := range append(m.words("install"), m.words("triggers")...) {
		file, _, _ := strings.Cut(word, "=")
		if i := strings.LastIndexByte(file, '.'); file[:i] == name {
			files = append(files, file)
		}
	}
	return files
}

func (s *session) scripts(m *metadata, name string) ([]apk.Script, error) {
	var scripts []apk.Script
	for _, file := range m.scriptFiles(name) {
		body, err := s.build.ReadFile(file)
		if err != nil {
			return nil, builder.Refuse("install script %s cannot be read as a file of the build directory: %v", file, err)
		}
		scripts = append(scripts, apk.Script{Name: strings.TrimPrefix(file, name), Body: body})
	}
	return scripts, nil
}

var shellLine = regexp.MustCompile(`^#!\s*/bin/sh`)

// needsShell tells that a script of the package needs a shell that no dependency brings.
func (s *session) needsShell(m *metadata, p output) bool {
	depends := p.vars.words("depends")
	if m.get("pkgname") == "busybox" || slices.Contains(depends, "busybox") || slices.Contains(depends, "/bin/sh") {
		return false
	}
	for _, file := range m.scriptFiles(p.name) {
		body, err := s.build.ReadFile(file)
		if err == nil && shellLine.Match(body) {
			return true
		}
	}
	return false
}
