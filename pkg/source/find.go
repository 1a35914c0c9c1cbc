package source

import (
	"context"
	"path"
	"slices"
	"strings"
)

// Find returns the files below dir that bear one of the names, as slash paths relative to it, sorted. What git ignores
// is left out, and so are dependencies that npm has put into node_modules, which some repositories keep.
func Find(ctx context.Context, dir string, getenv func(string) string, names ...string) ([]string, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	g, err := findGit(ctx, getenv)
	if err != nil {
		return nil, err
	}
	r, err := g.find(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer r.close()
	entries, err := list(ctx, r, dir, nil, nil)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		if !e.dir && slices.Contains(names, path.Base(e.path)) && !slices.Contains(strings.Split(e.path, "/"), "node_modules") {
			found = append(found, e.path)
		}
	}
	return found, nil
}
