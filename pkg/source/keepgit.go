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

// keep returns the copy a git directory of its own, also where the original's is a worktree's, a submodule's, or
// lies above src. Outside of git there is nothing to keep.
func (g *git) keep(ctx context.Context, dst, src string) error {
	found, err := g.holds(ctx, src)
	if err != nil {
		return err
	}
	if !found {
		if _, err := os.Lstat(filepath.Join(src, ".git")); g == nil && err == nil {
			return errors.New("build.keep_git: there is no git on PATH to read .git with; install it, or set build.keep_git: false")
		}
		return nil
	}
	own, err := g.line(ctx, src, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return err
	}
	common, err := g.line(ctx, src, "rev-parse", "--git-common-dir")
	if err != nil {
		return err
	}
	if !filepath.IsAbs(common) {
		common = filepath.Join(src, common)
	}
	entries, err := gitFiles(ctx, common)
	if err != nil {
		return err
	}
	target := filepath.Join(dst, ".git")
	if err := prepare(target); err != nil {
		return err
	}
	if err := copyEntries(ctx, target, common, entries); err != nil {
		return err
	}
	if err := keepWorktree(target, own, common); err != nil {
		return err
	}
	return g.keepConfig(ctx, target, src)
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

// keepWorktree puts a linked worktree's HEAD and index in place of the main one's.
func keepWorktree(target, own, common string) error {
	if filepath.Clean(own) == filepath.Clean(common) {
		return nil
	}
	for _, name := range []string{"HEAD", "index"} {
		content, err := os.ReadFile(filepath.Join(own, name))
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
func (g *git) keepConfig(ctx context.Context, target, src string) error {
	records, err := g.records(ctx, src, "config", "--local", "--no-includes", "--list", "-z")
	if err != nil {
		return err
	}
	config := filepath.Join(target, "config")
	set := func(key, value string) error {
		_, err := g.run(ctx, target, "config", "--file", config, "--add", key, value)
		return err
	}
	for _, record := range records {
		key, value, _ := strings.Cut(record, "\n")
		if slices.Contains(kept, key) || strings.HasPrefix(key, "extensions.") && key != "extensions.worktreeconfig" {
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
