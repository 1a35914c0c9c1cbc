package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/programs"
)

// site returns what is wrong with the pages of a static package: it has no directory of that name, lacks the fallback, or has the
// page that answers first elsewhere. Files of the user's own configuration of nginx may be anywhere.
func (r programRules) site(files *programs.Files) *config.Fault {
	site := r.plan.Recipe.Site
	if site == nil || site.Own {
		return nil
	}
	root := strings.TrimPrefix(site.Root, "/")
	fault := func(key, hint, format string, args ...any) *config.Fault {
		return &config.Fault{Pos: r.plan.Config.Pos(key), Key: key, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	switch {
	case !holds(files, site.Root):
		return fault("static.root", "Name a directory that build.destinations packages", "the package has no files in %s", site.Root)
	case site.Fallback != "" && !files.Has(path.Join(root, site.Fallback)):
		return fault("static.fallback", "Name a page below it", "the package has no %s", path.Join(site.Root, site.Fallback))
	case files.Has(path.Join(root, "index.html")):
		return nil
	}
	home := strings.TrimPrefix(r.application.Home, "/")
	for _, name := range files.Names() {
		if below, ok := strings.CutPrefix(name, home+"/"); ok && path.Base(name) == "index.html" {
			return fault("static.root", "Write `static: {root: "+path.Dir(below)+"}`, or where the pages are",
				"the package has no index.html in %s, where nginx looks for pages, but in /%s", site.Root, path.Dir(name))
		}
	}
	missing := fault("build.destinations", "Name the directory with the pages", "the package has no index.html in %s: %s", site.Root,
		"nothing answers at the address of the site")
	missing.Warning = true
	return missing
}

// holds reports whether there is a file, other than those of such a name, below an absolute directory.
func holds(files *programs.Files, dir string, but ...string) bool {
	below := strings.TrimPrefix(dir, "/") + "/"
	return slices.ContainsFunc(files.Names(), func(name string) bool {
		return strings.HasPrefix(name, below) && !files.IsDirectory(name) && !slices.Contains(but, path.Base(name))
	})
}
