package native

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// module is a pkg-config file: NAME.pc with lines "variable=value" and "Field: value".
type module struct {
	name     string
	version  string
	requires []string // NAME or NAME>=VERSION, also the private ones
}

var (
	pcVariable = regexp.MustCompile(`^([A-Za-z0-9_.]+)\s*=\s*(.*)$`)
	pcField    = regexp.MustCompile(`^([A-Za-z0-9_.]+):\s*(.*)$`)
	pcUse      = regexp.MustCompile(`\$\{([A-Za-z0-9_.]+)\}`)
	pcRequire  = regexp.MustCompile(`([^\s,<>=!]+)(?:\s*(>=|<=|=|<|>)\s*([^\s,]+))?`)
	pcSuffix   = regexp.MustCompile(`[.-](alpha|beta|rc|pre)`)
)

// pkgConfig returns pc:NAME=VERSION for each module of the package, and the modules it needs, with
// pkgconfig itself.
func pkgConfig(p output) (provides, depends []string, err error) {
	var modules []module
	for _, dir := range []string{"usr/lib/pkgconfig", "usr/share/pkgconfig"} {
		entries, err := p.tree.ReadDir(dir)
		if err != nil {
			continue // there is none
		}
		depends = []string{"pkgconfig"}
		for _, e := range entries {
			if !strings.HasSuffix(e.Path, ".pc") || !e.Type.IsRegular() {
				continue
			}
			m, err := readModule(p, e.Path)
			if err != nil {
				return nil, nil, err
			}
			modules = append(modules, m)
		}
	}
	for _, m := range modules {
		provides = append(provides, "pc:"+m.name+"="+m.version)
		for _, require := range m.requires {
			name := require[:strings.IndexAny(require+"=", "<>=")]
			if !slices.ContainsFunc(modules, func(m module) bool { return m.name == name }) {
				depends = append(depends, "pc:"+require)
			}
		}
	}
	return provides, depends, nil
}

// What a module may be at most: its file, and a value in it, which variables can make as long as they like.
const (
	maxModule = 1 << 20
	maxValue  = 64 << 10
)

func readModule(p output, file string) (module, error) {
	text, err := p.tree.ReadFile(file, maxModule)
	if err != nil {
		return module{}, builder.Refuse("package %s: the pkg-config file cannot be read: %v", p.name, err)
	}
	m := module{name: strings.TrimSuffix(path.Base(file), ".pc")}
	variables := map[string]string{}
	left := maxValue
	expand := func(s string) string {
		return pcUse.ReplaceAllStringFunc(s, func(use string) string {
			value := variables[use[2:len(use)-1]]
			if left -= len(value); left < 0 {
				return ""
			}
			return value
		})
	}
	var requires strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if match := pcVariable.FindStringSubmatch(line); match != nil {
			variables[match[1]] = expand(match[2])
		} else if match := pcField.FindStringSubmatch(line); match != nil {
			switch match[1] {
			case "Version":
				m.version = expand(match[2])
			case "Requires", "Requires.private":
				requires.WriteString(" " + expand(match[2]))
			}
		}
	}
	if left < 0 {
		return m, builder.Refuse("/%s: its variables make values of more than %d bytes", file, maxValue)
	}
	if m.version, err = alpineVersion(m.version); err != nil {
		return m, builder.Refuse("/%s: version: %v", file, err)
	}
	for _, match := range pcRequire.FindAllStringSubmatch(requires.String(), -1) {
		version := ""
		if match[3] != "" {
			if version, err = alpineVersion(match[3]); err != nil {
				return m, builder.Refuse("/%s: requires %s: %v", file, match[0], err)
			}
		}
		m.requires = append(m.requires, match[1]+match[2]+version)
	}
	return m, nil
}

// alpineVersion writes a module's version as apk can order it.
func alpineVersion(v string) (string, error) {
	v = strings.TrimPrefix(pcSuffix.ReplaceAllString(v, "_$1"), "v")
	if v == "" {
		v = "0"
	}
	return v, apk.CheckVersion(v)
}
