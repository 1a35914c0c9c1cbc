package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ignoreFile holds an application's own patterns, in gitignore(5) syntax.
const ignoreFile = ".pakmanignore"

// CopyOptions says what stays out of the copy.
type CopyOptions struct {
	Outputs  []string            // directories that are written to, left out when they lie inside dir
	Exclude  []string            // gitignore patterns, besides .pakmanignore
	KeepGit  bool                // .git too, but without its configuration and hooks: they may hold tokens
	Keys     []string            // files, and directories of files, of the private keys in use; they and their copies are left out
	KeyTexts []string            // the private keys in use that are no files; other texts are ignored
	Noted    func(Note)          // called for what the copy lacks, maybe by several goroutines at once; nil: nothing is
	Getenv   func(string) string // the environment that git is found by; nil: git is not asked, and only .gitignore files count
}

// Note is about one file or directory of a copy.
type Note struct {
	Kind NoteKind
	Name string // a slash path
}

// NoteKind says what a copy lacks.
type NoteKind uint8

// What is noted.
const (
	KeyLeft   NoteKind = iota // a private key in use, which stays out of the copy
	Pointer                   // a pointer of Git LFS: the copy has it, but not the file that it stands for
	Unfetched                 // a submodule whose files were not fetched
)

// Copy copies the checkout at src to dst, which must be absent or empty, without .git, what git ignores and what
// .pakmanignore names; a pattern with "!" there takes in what git ignores. Symbolic links are kept. Files that git tracks get
// mode 0644 or 0755, whatever the umask of the checkout; others keep theirs. Times are not kept. When it fails,
// dst is gone.
func Copy(ctx context.Context, dst, src string, o CopyOptions) (err error) {
	src, err = resolve(src)
	if err != nil {
		return err
	}
	if err := prepare(dst); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dst))
		}
	}()
	g, r, entries, err := sources(ctx, src, o, dst)
	if err != nil {
		return err
	}
	defer r.close()
	what := &content{keys: openKeys(o.Keys, o.KeyTexts), noted: o.Noted}
	if what.noted == nil {
		what.noted = func(Note) {}
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool {
		if e.unfetched {
			what.noted(Note{Unfetched, e.path})
		}
		return e.unfetched && !e.dir
	})
	if err := copyEntries(ctx, dst, src, entries, what); err != nil || !o.KeepGit {
		return err
	}
	if r == nil {
		return noGit(g, src)
	}
	return r.keep(ctx, dst)
}

// Files returns the slash paths of the files that Copy would copy, with the private keys in use.
func Files(ctx context.Context, src string, o CopyOptions) ([]string, error) {
	src, err := resolve(src)
	if err != nil {
		return nil, err
	}
	_, r, entries, err := sources(ctx, src, o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var names []string
	for _, e := range entries {
		if !e.dir && !e.unfetched {
			names = append(names, e.path)
		}
	}
	return names, nil
}

// sources lists what belongs to the sources at src, outside of the directories that are written to. The caller closes r, which is
// nil where there is no repository.
func sources(ctx context.Context, src string, o CopyOptions, also ...string) (g *git, r *repository, entries []entry, err error) {
	if o.Getenv != nil {
		if g, err = findGit(ctx, o.Getenv); err != nil {
			return nil, nil, nil, err
		}
	}
	if r, err = g.find(ctx, src); err != nil {
		return nil, nil, nil, err
	}
	own, err := ownRules(src)
	if err == nil {
		own = append(own, parseRules("", strings.Join(o.Exclude, "\n"))...)
		entries, err = list(ctx, r, src, own, inside(src, append(slices.Clone(o.Outputs), also...)...))
	}
	if err != nil {
		r.close()
		return nil, nil, nil, err
	}
	return g, r, entries, nil
}

// prepare makes the directory dst.
func prepare(dst string) error {
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return err
	}
	found, err := os.ReadDir(dst)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%s is not empty", dst)
	}
	return err
}

// inside returns those of the directories that lie below src, as slash paths relative to it.
func inside(src string, dirs ...string) []string {
	var found []string
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		dir, err := filepath.Abs(dir)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		if name, err := filepath.Rel(src, dir); err == nil && name != "." && filepath.IsLocal(name) {
			found = append(found, filepath.ToSlash(name))
		}
	}
	return found
}

// OutputOf returns that of the output directories, a path relative to the checkout at dir, to which a file of the checkout belongs;
// empty if none is.
func OutputOf(dir, name string, outputs []string) string {
	src, err := resolve(dir)
	if err != nil {
		return ""
	}
	for _, output := range inside(src, outputs...) {
		if below(name, []string{output}) {
			return output
		}
	}
	return ""
}
