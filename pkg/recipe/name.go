package recipe

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// maxAccount is the longest name of a user on Linux.
const maxAccount = 32

// account is a name that adduser accepts and that chown does not read as a number.
var account = regexp.MustCompile(`^[a-z0-9_]*[a-z_.-][a-z0-9_.-]*$`)

// Slug turns any name into a package name, as the Instellar platform does: runs of other characters than letters and
// digits become one dash, letters become lowercase.
func Slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

// name returns the file's name; else the repository's for an application that is the whole repository, as the platform
// expects; else the service's, which must be the same; else the directory's.
func (v *resolver) name() string {
	key, name := "name", v.file.Name
	service := Slug(v.file.Run.Name)
	if name == "" && v.facts.Subdirectory == "" {
		name = Slug(path.Base(v.facts.Repository))
	}
	if name == "" && service != "" {
		key, name = "run.name", service
	}
	if name == "" {
		name = Slug(v.directory())
	}
	if name == "" {
		v.fault(key, "Write `name: my-app`", "the package has no name, and none can be derived from the repository or the directory")
		return name
	}
	if err := apk.CheckName(name); err != nil {
		v.fault(key, "Use lowercase letters, digits and . _ -", "%v", err)
		return name
	}
	if service != "" && service != name && v.file.Run.Name != name {
		v.fault("run.name", "Write `name: "+service+"` at the top if that is the package's name, or else `name: "+name+"` here",
			"found %q, but the package is called %q", v.file.Run.Name, name)
	}
	return name
}

// directory returns the name of the application's directory.
func (v *resolver) directory() string {
	dir := v.options.Dir
	if dir == "" {
		dir = filepath.Dir(v.file.Path)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return filepath.Base(dir)
	}
	return filepath.Base(abs)
}
