package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hidden is what the build must not read: the checkout, of which it has a copy of its own, as a token
// may stand in .git/config; and the signing key.
func (p *Plan) hidden(o BuildOptions) ([]string, error) {
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	root := filepath.Clean(strings.TrimSuffix(dir, filepath.FromSlash(p.Facts.Subdirectory)))
	hidden := []string{dir, root, filepath.Join(root, ".git"), sharedGit(root)}
	for _, path := range append(slices.Clone(o.Key.Files), o.Key.Dir) {
		if path == "" {
			continue
		}
		if path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
		hidden = append(hidden, path)
	}
	return hidden, nil
}

// sharedGit is where a work tree or a submodule has what git keeps: .git is a file that names a
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
