package native

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// metadata is the variables of an APKBUILD, and which functions it has.
type metadata struct {
	vars      map[string]string
	functions map[string]bool
}

// parseMetadata reads what driver.sh dumps: NAME=VALUE, each ended by a NUL byte.
func parseMetadata(dump []byte) *metadata {
	m := &metadata{vars: map[string]string{}, functions: map[string]bool{}}
	for entry := range bytes.SplitSeq(dump, []byte{0}) {
		name, value, ok := strings.Cut(string(entry), "=")
		switch {
		case !ok:
		case name == "function":
			m.functions[value] = true
		default:
			m.vars[name] = value
		}
	}
	return m
}

func (m *metadata) get(name string) string { return m.vars[name] }

// words splits a list as the shell does.
func (m *metadata) words(name string) []string { return strings.Fields(m.vars[name]) }

func (m *metadata) option(name string) bool { return slices.Contains(m.words("options"), name) }

// merge takes over the variables that other has.
func (m *metadata) merge(other *metadata) { maps.Copy(m.vars, other.vars) }

// with returns a copy of m with the variables that other has.
func (m *metadata) with(other *metadata) *metadata {
	c := &metadata{vars: maps.Clone(m.vars), functions: m.functions}
	c.merge(other)
	return c
}

// version is pkgver-rPKGREL.
func (m *metadata) version() string { return m.get("pkgver") + "-r" + m.get("pkgrel") }

// arch is the main package's: noarch, or the one that is built for.
func (m *metadata) arch(target string) string {
	if slices.Contains(m.words("arch"), "noarch") {
		return "noarch"
	}
	return target
}

// noarchSuffixes are the subpackages that hold no programs.
var noarchSuffixes = []string{"-doc", "-openrc", "-lang", "sh-completion", "-pyc", "-nftrules", "-systemd", "-udev"}

// subpackage reads an entry of subpackages=: NAME, NAME:FUNCTION or NAME:FUNCTION:ARCH.
func (m *metadata) subpackage(entry, target string) output {
	name, rest, _ := strings.Cut(entry, ":")
	_, arch, _ := strings.Cut(rest, ":")
	switch {
	case arch == "all":
		arch = target
	case arch != "":
	case slices.ContainsFunc(noarchSuffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) }):
		arch = "noarch"
	default:
		arch = m.arch(target)
	}
	return output{name: name, arch: arch}
}

// splitFunction is the function that fills the subpackage, as driver.sh finds it.
func splitFunction(entry string) string {
	name, rest, _ := strings.Cut(entry, ":")
	if function, _, _ := strings.Cut(rest, ":"); function != "" {
		return function
	}
	for suffix, function := range map[string]string{
		"-bash-completion": "bashcomp", "-zsh-completion": "zshcomp", "-fish-completion": "fishcomp",
	} {
		if strings.HasSuffix(name, suffix) {
			return function
		}
	}
	return name[strings.LastIndexByte(name, '-')+1:]
}
