package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// places returns what builds can do without and must not read: the checkouts of others, and what this and later builds
// leave behind, their packages, kept and delivered ones.
func (o BuildOptions) places() []string {
	return slices.Concat(o.Dirs, o.outputs(), []string{o.Bucket.directory()})
}

// hidden returns what the builds of these options must not see, besides what the input names.
func (o BuildOptions) hidden() Hidden {
	h := o.Hidden
	h.Keys = slices.Concat(h.Keys, o.Key.Files, []string{o.Key.Dir})
	h.KeyTexts = slices.Concat(h.KeyTexts, o.Secrets)
	h.Places = slices.Concat(h.Places, o.places())
	return h
}

// hiddenPaths returns what the build of a plan must not read: the checkout, of which it has a copy of its own, as a token
// may stand in .git/config; the keys; and the places, as far as a build can do without them.
func hiddenPaths(p *Plan, keys, places []string) ([]string, error) {
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	root := filepath.Clean(strings.TrimSuffix(dir, filepath.FromSlash(p.Facts.Subdirectory)))
	hidden := []string{dir, root, filepath.Join(root, ".git"), sharedGit(root)}
	for i, path := range slices.Concat(keys, places) {
		if path == "" {
			continue
		}
		if path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
		if i < len(keys) || builder.Hideable(path) {
			hidden = append(hidden, path)
		}
	}
	return hidden, nil
}

// sharedGit returns where a work tree or a submodule has what git keeps: .git is a file that names a
// directory below another .git. Empty where it is not.
func sharedGit(root string) string {
	text, err := os.ReadFile(filepath.Join(root, ".git"))
	dir, isLink := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
	if err != nil || !isLink {
		return ""
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	before, _, _ := strings.Cut(dir, "/.git/")
	return filepath.Join(before, ".git")
}

// directory returns the path of a bucket that is one; empty for others.
func (b Bucket) directory() string {
	scheme, rest, found := strings.Cut(b.URL, ":")
	switch {
	case !found:
		return b.URL
	case strings.EqualFold(scheme, "file"):
		return strings.TrimPrefix(rest, "//")
	}
	return ""
}
