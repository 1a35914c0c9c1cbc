package builder

import (
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// Plan is the packages of a build, decided before its first command runs, the main package first. What the build hands
// over is file trees; nothing that it writes adds a package or changes what one says of itself.
type Plan []Planned

// Planned is one package.
type Planned struct {
	// Info is .PKGINFO without the size and the hash of the files, and without the dependencies and provides that are found
	// in them.
	Info    apk.Info
	Scripts []apk.Script
	Options []string // of the APKBUILD, such as suid and setcap
}

// Names returns the names of the packages.
func (p Plan) Names() []string {
	names := make([]string, len(p))
	for i, one := range p {
		names[i] = one.Info.Name
	}
	return names
}

// Files returns the file names of the packages, sorted.
func (p Plan) Files() []string {
	files := make([]string, len(p))
	for i, one := range p {
		files[i] = one.Info.Filename()
	}
	slices.Sort(files)
	return files
}

// Find returns the package of that name; nil where none is planned.
func (p Plan) Find(name string) *Planned {
	for i := range p {
		if p[i].Info.Name == name {
			return &p[i]
		}
	}
	return nil
}

// Unplanned refuses what the build set although the reading before it found something else.
func Unplanned(where, what, planned, got string) error {
	return Refuse(
		"%s: %s is %s, and it was %s when the APKBUILD was read before the build: what a package says of itself is decided before its "+
			"build, "+
			"so set it outside of functions, or in the same way whatever the build makes", where, what, Shown(got), Shown(planned))
}

// Shown returns the value of a variable as messages show it.
func Shown(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return "empty"
	}
	return `"` + text + `"`
}
