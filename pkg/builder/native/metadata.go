package native

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// metadata is the variables of an APKBUILD, and which functions it has.
type metadata struct {
	vars      map[string]string
	functions map[string]bool
}

// variables are what driver.sh dumps of an APKBUILD, and own those of them that every package has for itself.
var (
	variables = append(
		strings.Fields(`pkgname pkgver pkgrel arch maintainer options makedepends checkdepends triggers install subpackages source
		sha512sums sha256sums pkgusers pkggroups builddir ldpath somask sonameprefix`), own...)
	own = strings.Fields(`pkgdesc url license depends provides replaces replaces_priority provider_priority install_if`)
)

// parseDump reads what driver.sh dumps of one package: NAME=VALUE, each ended by a NUL byte.
func parseDump(dump []byte) (*metadata, error) {
	all, err := parseDumps(dump)
	if err == nil && len(all) != 1 {
		err = builder.Refuse("the build wrote into the file of its variables: %d packages in it, 1 is expected", len(all))
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// parseDumps reads what driver.sh dumps of several packages; an empty entry begins the next one.
func parseDumps(dump []byte) ([]*metadata, error) {
	var all []*metadata
	for part := range bytes.SplitSeq(bytes.TrimPrefix(dump, []byte{0}), []byte{0, 0}) {
		m := &metadata{vars: map[string]string{}, functions: map[string]bool{}}
		for entry := range bytes.SplitSeq(bytes.TrimSuffix(part, []byte{0}), []byte{0}) {
			name, value, ok := strings.Cut(string(entry), "=")
			_, again := m.vars[name]
			switch {
			case ok && name == "function":
				m.functions[value] = true
			case !ok || again || !slices.Contains(variables, name):
				return nil, builder.Refuse(
					"the build wrote into the file of its variables: it holds %.80q, which is not how an APKBUILD's variable is written",
					entry)
			default:
				m.vars[name] = value
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// compare refuses what a function set otherwise than the reading before the build found.
func (m *metadata) compare(where string, planned *metadata) error {
	for _, name := range variables {
		got, set := m.vars[name]
		if name == "maintainer" && got == "" {
			continue // who may stand in a comment
		}
		if want := planned.get(name); set && !slices.Equal(strings.Fields(got), strings.Fields(want)) {
			return builder.Unplanned(where, name, want, got)
		}
	}
	return nil
}

func (m *metadata) get(name string) string { return m.vars[name] }

// words splits a list as the shell does.
func (m *metadata) words(name string) []string { return strings.Fields(m.vars[name]) }

func (m *metadata) option(name string) bool { return slices.Contains(m.words("options"), name) }

// with returns a copy of m with the variables that other has.
func (m *metadata) with(other *metadata) *metadata {
	c := &metadata{vars: maps.Clone(m.vars), functions: m.functions}
	maps.Copy(c.vars, other.vars)
	return c
}

// version returns the version of the packages, PKGVER-rPKGREL.
func (m *metadata) version() string { return m.get("pkgver") + "-r" + m.get("pkgrel") }

// arch returns the main package's architecture: noarch, or the one to build for.
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

// splitFunction returns the function that fills the subpackage, as driver.sh finds it.
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
