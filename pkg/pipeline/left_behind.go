package pipeline

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/programs"
	"github.com/pakman/build/pkg/source"
)

// leftBehind says, by the key that names it, what the checkout has and the copy does not, most likely a result of an earlier build,
// which git ignores; and what to do.
type leftBehind map[string]string

// findLeftBehind looks for what the file names in the copy of the sources, before anything has run there.
func (r programRules) findLeftBehind(copied string, outputs []string) leftBehind {
	p, found := r.plan, leftBehind{}
	look := func(key, pattern string) {
		if name := leftOut(p.Dir, copied, pattern); name != "" {
			found[key] = name + " is in the checkout, but " + whyLeftOut(p.Dir, name, outputs)
		}
	}
	for i, d := range p.Config.Build.Destinations {
		look(fmt.Sprintf("build.destinations[%d]", i), d)
	}
	for i, f := range p.Config.Files {
		look(fmt.Sprintf("files[%d].source", i), f.Source)
	}
	for _, s := range r.started {
		if name, below := strings.CutPrefix(s.Command, r.application.Home+"/"); below {
			look(s.key+".binary", name)
		}
	}
	return found
}

// leftOut returns what the checkout has at a destination of which the copy has no file; empty if there is nothing.
func leftOut(checkout, copied, destination string) string {
	pattern := path.Clean(strings.ReplaceAll(strings.TrimSpace(destination), "[!", "[^"))
	if firstFile(copied, pattern) != "" {
		return ""
	}
	file := firstFile(checkout, pattern)
	named := namedPart(destination)
	if _, err := os.Lstat(filepath.Join(copied, filepath.FromSlash(named))); file == "" || err == nil {
		return file
	}
	return named // all of it
}

// placeholders are files that keep an otherwise empty directory in git.
var placeholders = []string{".gitkeep", ".keep", ".gitignore"}

// firstFile returns the first file at or below what matches the pattern, other than placeholders; empty if there is none.
func firstFile(root, pattern string) string {
	files := os.DirFS(root)
	matches, err := fs.Glob(files, pattern)
	if err != nil {
		return ""
	}
	found := ""
	for _, match := range matches {
		_ = fs.WalkDir(files, match, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil, d.IsDir() && d.Name() == ".git": // what cannot be read is no help
				return fs.SkipDir
			case d.IsDir(), slices.Contains(placeholders, d.Name()):
				return nil
			}
			found = name
			return fs.SkipAll
		})
		if found != "" {
			return found
		}
	}
	return ""
}

// whyLeftOut says why a file of the checkout is not in the copy, and what to do.
func whyLeftOut(checkout, name string, outputs []string) string {
	if output := source.OutputOf(checkout, name, outputs); output != "" {
		return "packages are written to " + output + ", which is no part of an application: choose another --output"
	}
	pattern := source.LiteralPattern(name)
	if info, err := os.Stat(filepath.Join(checkout, filepath.FromSlash(name))); err == nil && info.IsDir() {
		pattern += "/"
	}
	if source.OwnIgnores(checkout, name) {
		return ".pakmanignore leaves it out: build it in build.command, or remove the pattern there"
	}
	return "git ignores it: build it in build.command, or write !" + pattern + " into .pakmanignore"
}

// warnLeftBehind warns of directories that are packaged without the files that the checkout has there.
func (r programRules) warnLeftBehind(files *programs.Files, warn func(config.Fault)) {
	for i, d := range r.plan.Config.Build.Destinations {
		key := fmt.Sprintf("build.destinations[%d]", i)
		named := path.Clean(strings.TrimSpace(d))
		if r.behind[key] == "" || namedPart(d) != named {
			continue // else it would be an error that nothing matches
		}
		if !holds(files, path.Join(r.application.Home, path.Base(named)), placeholders...) {
			warn(config.Fault{Key: key, Message: "the package holds no file of " + named, Hint: r.behind[key], Warning: true})
		}
	}
}
