package source

import (
	"context"
	"os"
	"path/filepath"
)

// Ignored returns the root of the checkout that a file is in, and reports whether git ignores the file there. The file
// need not exist. The root is empty for a file outside of all checkouts.
func Ignored(ctx context.Context, file string, getenv func(string) string) (root string, ignored bool, err error) {
	file, err = filepath.Abs(file)
	if err != nil {
		return "", false, err
	}
	dir := filepath.Dir(file)
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	below, err := filepath.Rel(dir, file)
	if err != nil {
		return "", false, err
	}
	if dir, err = resolve(dir); err != nil {
		return "", false, err
	}
	g, err := findGit(ctx, getenv)
	if err != nil {
		return "", false, err
	}
	r, err := g.find(ctx, dir)
	if err != nil || r == nil {
		return "", false, err
	}
	defer r.close()
	found, err := r.ask(ctx, dir, "check-ignore", "--", below)
	return r.root, found != "", err
}
