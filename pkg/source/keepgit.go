package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// kept are the keys of a repository's configuration that the copy needs. Others may hold tokens (actions/checkout
// puts one there) or name programs to run.
var kept = []string{"core.repositoryformatversion", "core.filemode", "core.ignorecase", "core.precomposeunicode", "core.symlinks"}

// notKept are the parts of a git directory that stay behind: the configuration, programs, and the git
// directories of other checkouts.
var notKept = []string{"config", "config.worktree", "hooks", "modules", "worktrees", "FETCH_HEAD", "lfs"}

// noGit explains why there is no .git to keep: without git on PATH it cannot be read. Outside a checkout there is none.
func noGit(g *git, src string) error {
	if _, err := os.Lstat(filepath.Join(src, ".git")); g == nil && err == nil {
		return errors.New("build.keep_git: there is no git on PATH to read .git with; install it, or set build.keep_git: false")
	}
	return nil
}

// keep gives the copy a git directory of its own, also where the original's is a worktree's, a submodule's, or lies
// above the application.
func (r *repository) keep(ctx context.Context, dst string) error {
	entries, err := gitFiles(ctx, r.common)
	if err != nil {
		return err
	}
	target := filepath.Join(dst, ".git")
	if err := prepare(target); err != nil {
		return err
	}
	if err := copyEntries(ctx, target, r.common, entries, &content{}); err != nil {
		return err
	}
	if err := r.keepWorktree(target); err != nil {
		return err
	}
	return r.keepConfig(ctx, target)
}

// gitFiles lists what of a git directory is kept.
func gitFiles(ctx context.Context, dir string) ([]entry, error) {
	var entries []entry
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil || name == "." {
			return err
		}
		switch {
		case slices.Contains(notKept, name) && d.IsDir():
			return fs.SkipDir
		case slices.Contains(notKept, name), strings.HasSuffix(name, ".lock"):
			return nil
		case d.IsDir() || d.Type().IsRegular(): // a socket of a file watcher may lie here
			entries = append(entries, entry{path: filepath.ToSlash(name), dir: d.IsDir()})
		}
		return nil
	})
	return entries, err
}

// maxIndex is how many bytes a work tree's index may have.
const maxIndex = 1 << 30

// keepWorktree puts a linked worktree's HEAD and index in place of the main one's.
func (r *repository) keepWorktree(target string) error {
	if r.gitDir == r.common {
		return nil
	}
	for _, name := range []string{"HEAD", "index"} {
		content, err := readFile(filepath.Join(r.gitDir, name), maxIndex)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(target, name), content, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keepConfig writes the configuration anew: the repository's format, and where it came from without credentials.
func (r *repository) keepConfig(ctx context.Context, target string) error {
	config := filepath.Join(target, "config")
	set := func(key, value string) error {
		_, err := r.git.run(ctx, call{dir: target, gitDir: r.made, args: []string{"config", "--file", config, "--add", key, value}})
		return err
	}
	for _, setting := range r.settings {
		key, value, _ := strings.Cut(setting, "\n")
		if (slices.Contains(kept, key) || strings.HasPrefix(key, "extensions.") && key != "extensions.worktreeconfig") &&
			plainValue.MatchString(value) {
			if err := set(key, value); err != nil {
				return err
			}
		}
		if strings.HasPrefix(key, "remote.") && strings.HasSuffix(key, ".url") {
			if _, address := parseRemote(value); address != "" {
				if err := set(key, address); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
