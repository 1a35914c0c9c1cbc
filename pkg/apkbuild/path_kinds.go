package apkbuild

import (
	"archive/tar"
	"cmp"
	"path"
	"slices"
	"strings"
)

// PathKinds are the paths of a package, as far as their kinds matter to the machine that upgrades it.
type PathKinds struct {
	Name   string // of the package
	Origin string // the package that it was built with; empty: itself

	names map[string][]string // of the files and links in each directory
	links bool                // there are symbolic links
}

// Add adds an entry of the package's data.
func (k *PathKinds) Add(h *tar.Header) {
	if k.names == nil {
		k.names = map[string][]string{}
	}
	at := strings.Trim(h.Name, "/")
	if h.Typeflag == tar.TypeDir {
		if _, known := k.names[at]; !known {
			k.names[at] = nil
		}
		return
	}
	dir, base := path.Split(at)
	dir = strings.TrimSuffix(dir, "/")
	k.names[dir] = append(k.names[dir], base)
	k.links = k.links || h.Typeflag == tar.TypeSymlink
}

// pathsView is what the templates see.
type pathsView struct {
	Name        string
	Origin      string
	Links       bool
	Directories []directoryPaths
}

// directoryPaths is a directory of the package, with what it has in it one per line.
type directoryPaths struct{ Path, Entries string }

// Scripts returns what the install scripts of the package do before apk has anything in its way, and after it.
func (k *PathKinds) Scripts() (map[string][]byte, error) {
	v := pathsView{Name: k.Name, Origin: cmp.Or(k.Origin, k.Name), Links: k.links}
	for _, dir := range k.directories() {
		if dir == "" {
			continue // the root cannot be of another kind
		}
		v.Directories = append(v.Directories, directoryPaths{dir, strings.Join(k.names[dir], "\n")})
	}
	if len(v.Directories) == 0 {
		return nil, nil
	}
	before, err := execute("path-kinds", v)
	if err != nil {
		return nil, err
	}
	scripts := map[string][]byte{".pre-install": before, ".pre-upgrade": before}
	if !k.links {
		return scripts, nil
	}
	after, err := execute("lost-paths", v)
	if err != nil {
		return nil, err
	}
	scripts[".post-install"], scripts[".post-upgrade"] = after, after
	return scripts, nil
}

// directories returns the directories, each followed by those in it.
func (k *PathKinds) directories() []string {
	dirs := make([]string, 0, len(k.names))
	for dir := range k.names {
		dirs = append(dirs, dir)
	}
	slices.SortFunc(dirs, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
	return dirs
}
