package recipe

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
)

// programs are directories of executable files.
var programs = []string{"bin", "sbin", "libexec", "init.d", "cgi-bin"}

// newFile resolves an entry of files. A destination that ends in a slash is the directory to put the source into.
func newFile(f config.FileEntry) File {
	resolved := File{
		Source:      strings.TrimPrefix(path.Clean(f.Source), "/"),
		Destination: path.Clean("/" + f.Destination),
		Mode:        f.Mode,
		Owner:       f.Owner,
		Config:      f.Config,
	}
	if strings.HasSuffix(f.Destination, "/") {
		resolved.Destination = path.Join(resolved.Destination, path.Base(resolved.Source))
	}
	switch {
	case len(resolved.Mode) == len("644"):
		resolved.Mode = "0" + resolved.Mode
	case resolved.Mode == "" && slices.Contains(programs, path.Base(path.Dir(resolved.Destination))):
		resolved.Mode = "0755"
	case resolved.Mode == "":
		resolved.Mode = "0644"
	}
	return resolved
}

// subpackages resolves the splits: NAME is <package>-NAME unless it begins with the package's name already.
func (v *resolver) subpackages(r *Recipe) {
	for i, s := range v.file.Subpackages {
		name := s.Name
		if !strings.HasPrefix(name, r.Name+"-") {
			name = r.Name + "-" + name
		}
		if err := apk.CheckName(name); err != nil {
			v.fault(fmt.Sprintf("subpackages[%d].name", i), "Use lowercase letters, digits and . _ -", "%v", err)
		}
		resolved := Subpackage{
			Name:        name,
			Description: cmp.Or(oneLine(s.Description), describe(r, strings.TrimPrefix(name, r.Name+"-"))),
			Depends:     unique(s.Dependencies),
			InstallIf:   unique(s.InstallIf),
			Files:       installed(s.Files),
		}
		r.Subpackages = append(r.Subpackages, resolved)
	}
}

// installed returns patterns of installed files as absolute ones.
func installed(globs []string) []string {
	var absolute []string
	for _, glob := range unique(globs) {
		absolute = append(absolute, path.Join("/", glob))
	}
	return absolute
}

// oneLine joins the lines of a text.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// describe returns a description for a subpackage without one.
func describe(r *Recipe, part string) string {
	text := r.Description + " (" + part + ")"
	if len(text) > maxDescription {
		text = r.Name + " (" + part + ")"
	}
	return text
}

// checkoutSources returns those of the sources that are not downloaded. They were named from a directory some levels below the
// checkout, in which the original PAKman made its APKBUILD.
func checkoutSources(sources []string) []string {
	var files []string
	for _, s := range sources {
		if file := strings.TrimPrefix(path.Clean("/"+s), "/"); file != "" && !strings.Contains(s, "://") && !strings.Contains(s, "::") {
			files = append(files, file)
		}
	}
	return unique(files)
}
