package builder

import (
	"path"
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// Module is a pkg-config file: NAME.pc with lines "variable=value" and "Field: value".
type Module struct {
	Name     string
	Provides []string // NAME=VERSION, its own first
	Requires []string // NAME or NAME>=VERSION, also the private ones
}

var (
	pcVariable = regexp.MustCompile(`^([A-Za-z0-9_.]+)\s*=\s*(.*)$`)
	pcField    = regexp.MustCompile(`^([A-Za-z0-9_.]+):\s*(.*)$`)
	pcUse      = regexp.MustCompile(`\$\{([A-Za-z0-9_.]+)\}`)
	pcWord     = regexp.MustCompile(`([^\s,<>=!]+)(?:\s*(>=|<=|=|<|>)\s*([^\s,]+))?`)
	pcSuffix   = regexp.MustCompile(`[.-](alpha|beta|rc|pre)`)
)

// What a module may be at most: its file, and a value in it, which variables can make as long as they like.
const (
	MaxModule = 1 << 20
	maxValue  = 64 << 10
)

// IsModule reports whether a file at that path is a module that pkg-config finds.
func IsModule(file string) bool {
	dir, name := path.Split(file)
	return strings.HasSuffix(name, ".pc") && (dir == "usr/lib/pkgconfig/" || dir == "usr/share/pkgconfig/")
}

// ParseModule reads a pkg-config file.
func ParseModule(file string, text []byte) (Module, error) {
	m := Module{Name: strings.TrimSuffix(path.Base(file), ".pc")}
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
	var own, provides, requires string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if match := pcVariable.FindStringSubmatch(line); match != nil {
			variables[match[1]] = expand(match[2])
		} else if match := pcField.FindStringSubmatch(line); match != nil {
			switch match[1] {
			case "Version":
				own = expand(match[2])
			case "Provides":
				provides += " " + expand(match[2])
			case "Requires", "Requires.private":
				requires += " " + expand(match[2])
			}
		}
	}
	if left < 0 {
		return m, Refuse("/%s: its variables make values of more than %d bytes", file, maxValue)
	}
	return m, m.fill(file, own, provides, requires)
}

// fill writes what the fields say as apk says it.
func (m *Module) fill(file, own, provides, requires string) error {
	version, err := alpineVersion(own)
	if err != nil {
		return Refuse("/%s: version: %v", file, err)
	}
	m.Provides = []string{m.Name + "=" + version}
	for _, match := range pcWord.FindAllStringSubmatch(provides, -1) {
		if version, err = alpineVersion(match[3]); err != nil || match[2] != "=" && match[2] != "" {
			return Refuse("/%s: provides %s: a version behind = is expected: %v", file, match[0], err)
		}
		m.Provides = append(m.Provides, match[1]+"="+version)
	}
	for _, match := range pcWord.FindAllStringSubmatch(requires, -1) {
		version := ""
		if match[3] != "" {
			if version, err = alpineVersion(match[3]); err != nil {
				return Refuse("/%s: requires %s: %v", file, match[0], err)
			}
		}
		m.Requires = append(m.Requires, match[1]+match[2]+version)
	}
	return nil
}

// alpineVersion writes a module's version as apk can order it.
func alpineVersion(v string) (string, error) {
	v = strings.TrimPrefix(pcSuffix.ReplaceAllString(v, "_$1"), "v")
	if v == "" {
		v = "0"
	}
	return v, apk.CheckVersion(v)
}
