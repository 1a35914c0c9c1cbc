package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// entry is a file to copy, or a directory that git knows nothing of.
type entry struct {
	path    string // slash path relative to the root
	tracked bool   // in git's index
	dir     bool
}

// list returns what belongs to the sources at dir, sorted: what git tracks or does not ignore, or outside
// git what no .gitignore names; in both cases without what the rules exclude and skip lies in.
func list(ctx context.Context, g *git, dir string, r rules, skip []string) ([]entry, error) {
	inside, err := g.holds(ctx, dir)
	if err != nil {
		return nil, err
	}
	var entries []entry
	if inside {
		entries, err = g.list(ctx, dir, "", r)
	} else {
		entries, err = walk(ctx, dir, r, skip)
	}
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool {
		return below(e.path, skip) || !e.dir && r.file(e.path) == excluded
	})
	entries = withoutSeenThroughLinks(entries)
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	// A file in conflict stands in the index once for each side.
	return slices.CompactFunc(entries, func(a, b entry) bool { return a.path == b.path }), nil
}

// withoutSeenThroughLinks drops what git's index has below a directory that a link took the place of.
func withoutSeenThroughLinks(entries []entry) []entry {
	files := make(map[string]bool, len(entries))
	for _, e := range entries {
		files[e.path] = !e.dir
	}
	return slices.DeleteFunc(entries, func(e entry) bool {
		for dir := path.Dir(e.path); dir != "."; dir = path.Dir(dir) {
			if files[dir] {
				return true
			}
		}
		return false
	})
}

// list asks git for the files below root/prefix, following submodules and checkouts inside the checkout.
func (g *git) list(ctx context.Context, root, prefix string, r rules) ([]entry, error) {
	dir := filepath.Join(root, filepath.FromSlash(prefix))
	tracked, err := g.records(ctx, dir, "ls-files", "-z", "--cached")
	if err != nil {
		return nil, err
	}
	others, err := g.records(ctx, dir, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	if r.negates() {
		ignored, err := g.records(ctx, dir, "ls-files", "-z", "--others", "--ignored", "--exclude-standard")
		if err != nil {
			return nil, err
		}
		for _, name := range ignored {
			if r.file(path.Join(prefix, name)) == included {
				others = append(others, name)
			}
		}
	}
	var entries []entry
	for i, name := range slices.Concat(tracked, others) {
		e := entry{path: path.Join(prefix, name), tracked: i < len(tracked)}
		info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(e.path)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // deleted, or left out by a sparse checkout
		case err != nil:
			return nil, err
		case !info.IsDir():
			entries = append(entries, e)
			continue
		}
		nested, err := g.nested(ctx, root, e.path, r)
		if err != nil {
			return nil, err
		}
		entries = append(entries, nested...)
	}
	return entries, nil
}

// nested lists a checkout inside the checkout. A submodule that was not fetched is an empty directory.
func (g *git) nested(ctx context.Context, root, prefix string, r rules) ([]entry, error) {
	if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(prefix), ".git")); err != nil {
		return nil, ctx.Err()
	}
	return g.list(ctx, root, prefix, r)
}

// walk lists dir without git's help.
func walk(ctx context.Context, dir string, r rules, skip []string) ([]entry, error) {
	var entries []entry
	var ignore rules // of the .gitignore files on the way; they speak only of what lies below them
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name != "." && (d.Name() == ".git" || below(name, skip) || leaveOut(name, d.IsDir(), r, ignore)) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() {
			entries = append(entries, entry{path: name})
			return nil
		}
		if name == "." {
			name = ""
		} else {
			entries = append(entries, entry{path: name, dir: true})
		}
		more, err := readRules(file, ".gitignore", name)
		ignore = append(ignore, more...)
		return err
	})
	return entries, err
}

// leaveOut asks the application's own rules first, then git's.
func leaveOut(name string, dir bool, r, ignore rules) bool {
	v := r.of(name, dir)
	if v == silent {
		v = ignore.of(name, dir)
	}
	return v == excluded
}

// readRules reads an ignore file, if it is there. As git, it follows no links.
func readRules(dir, name, base string) (rules, error) {
	file := filepath.Join(dir, name)
	info, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ignore patterns: %w", err)
	}
	return parseRules(base, string(text)), nil
}
