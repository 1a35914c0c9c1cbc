package native

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// info returns .PKGINFO of a package, without what tracing finds and what apk.Create fills in.
func (s *session) info(m *metadata, p output) apk.Info {
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
		Provides:         p.vars.words("provides"),
		Replaces:         p.vars.words("replaces"),
		ReplacesPriority: number(p.vars.get("replaces_priority")),
		ProviderPriority: number(p.vars.get("provider_priority")),
		InstallIf:        p.vars.words("install_if"),
		Triggers:         m.triggers(p.name),
		Generator:        "pakman",
	}
	if s.given.needsShell(m, p) {
		info.Depends = append(info.Depends, "/bin/sh")
	}
	return info
}

// number reads a priority, which check has seen to be digits or empty.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// triggers returns the directories that the package's trigger watches.
func (m *metadata) triggers(name string) []string {
	var dirs []string
	for _, trigger := range m.words("triggers") {
		if script, list, _ := strings.Cut(trigger, "="); script == name+".trigger" {
			dirs = append(dirs, strings.Split(list, ":")...)
		}
	}
	return dirs
}

// scriptFiles returns the package's install scripts and trigger, by file name.
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

// scripts returns the package's install scripts and trigger, as they were before the build.
func (g given) scripts(m *metadata, name string) []apk.Script {
	var scripts []apk.Script
	for _, file := range m.scriptFiles(name) {
		scripts = append(scripts, apk.Script{Name: strings.TrimPrefix(file, name), Body: g[file]})
	}
	return scripts
}

var shellLine = regexp.MustCompile(`^#!\s*/bin/sh`)

// needsShell reports whether a script of the package needs a shell that no dependency brings.
func (g given) needsShell(m *metadata, p output) bool {
	depends := p.vars.words("depends")
	if m.get("pkgname") == "busybox" || slices.Contains(depends, "busybox") || slices.Contains(depends, "/bin/sh") {
		return false
	}
	return slices.ContainsFunc(g.scripts(m, p.name), func(s apk.Script) bool { return shellLine.Match(s.Body) })
}
