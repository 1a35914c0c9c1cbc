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
	"syscall"

	"github.com/pakman/build/pkg/apk"
)

// entry is a file to copy, or a directory that git knows nothing of.
type entry struct {
	path      string // slash path relative to the root
	tracked   bool   // in git's index
	dir       bool
	unfetched bool // a submodule without its files
}

// list returns what belongs to the sources at dir, sorted: what git tracks or does not ignore, or where there is no
// repository what no .gitignore names; in both cases without what the rules exclude and skip lies in.
func list(ctx context.Context, r *repository, dir string, own rules, skip []string) ([]entry, error) {
	var entries []entry
	var err error
	if r != nil {
		entries, err = r.list(ctx, dir, "", own, maxNesting)
	} else {
		entries, err = walk(ctx, dir, own, skip)
		markUnfetched(dir, entries)
	}
	if err != nil {
		return nil, err
	}
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("%s has more than %d files, the maximum for a build; %s", dir, maxEntries, leaveItOut)
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool {
		return below(e.path, skip) || !e.dir && own.file(e.path) == excluded || e.unfetched && own.of(e.path, true) == excluded
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

// list asks git for the files of dir, following submodules and checkouts inside the checkout. The names of the entries
// begin with prefix.
func (r *repository) list(ctx context.Context, dir, prefix string, own rules, depth int) ([]entry, error) {
	tracked, err := r.records(ctx, dir, "ls-files", "-z", "--cached")
	if err != nil {
		return nil, err
	}
	others, err := r.others(ctx, dir, prefix, own)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for i, name := range slices.Concat(tracked, others) {
		e := entry{path: path.Join(prefix, name), tracked: i < len(tracked)}
		file := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Lstat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			continue // deleted, or left out by a sparse checkout
		case err != nil:
			return nil, err
		case !info.IsDir():
			entries = append(entries, e)
			continue
		}
		nested, err := r.git.nested(ctx, file, e, own, depth-1)
		if err != nil {
			return nil, err
		}
		entries = append(entries, nested...)
	}
	return entries, nil
}

// others returns the files that git does not track: those that it does not ignore, and those that the application's own
// rules take in.
func (r *repository) others(ctx context.Context, dir, prefix string, own rules) ([]string, error) {
	others, err := r.records(ctx, dir, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil || !own.negates() {
		return others, err
	}
	ignored, err := r.records(ctx, dir, "ls-files", "-z", "--others", "--ignored", "--exclude-standard")
	for _, name := range ignored {
		if own.file(path.Join(prefix, name)) == included {
			others = append(others, name)
		}
	}
	return others, err
}

// nested lists a checkout inside the checkout. A submodule that was not fetched has none.
func (g *git) nested(ctx context.Context, dir string, e entry, own rules, depth int) ([]entry, error) {
	r, err := g.openNested(ctx, dir, depth)
	switch {
	case err != nil, r == nil && !e.tracked:
		return nil, err
	case r == nil:
		e.unfetched = true
		return []entry{e}, nil
	}
	defer r.close()
	return r.list(ctx, dir, e.path, own, depth)
}

// maxEntries is how many files and directories the sources of one application may have.
const maxEntries = 2_000_000

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
		if len(entries) > maxEntries {
			return fs.SkipAll
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

// maxIgnoreFile is how many bytes a file of ignore patterns may have.
const maxIgnoreFile = 4 << 20

// ownRules reads the application's own ignore file. What would be ignored silently could leave a secret in the package, so
// that something else of its name is an error.
func ownRules(dir string) (rules, error) {
	info, err := os.Lstat(filepath.Join(dir, ignoreFile))
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a %s: it must be a file, so that its patterns can be read", ignoreFile, apk.Kind(info.Mode()))
	}
	return readRules(dir, ignoreFile, "")
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
		text, err = readFile(file, maxIgnoreFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ignore patterns: %w", err)
	}
	return parseRules(base, string(text)), nil
}
