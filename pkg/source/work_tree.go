package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// workTree is where a git checkout lies. Its paths are found without git, which would also take a directory for a
// repository that only looks like one: sources may contain such a directory, with a configuration of their own.
type workTree struct {
	root   string // the directory that holds .git
	gitDir string // what belongs to this work tree: HEAD and the index
	common string // what all work trees of the repository share; mostly gitDir
}

// findWorkTree returns the checkout around dir; nil when there is none. Like git it stops at the directories that
// ceilings lists, as GIT_CEILING_DIRECTORIES does, and where another file system begins.
func findWorkTree(dir, ceilings string) (*workTree, error) {
	if slices.Contains(strings.Split(filepath.ToSlash(dir), "/"), ".git") {
		return nil, nil // inside a repository, not in its checkout
	}
	var stops []string
	for _, ceiling := range filepath.SplitList(ceilings) {
		if real, err := filepath.EvalSymlinks(ceiling); err == nil && filepath.IsAbs(real) {
			stops = append(stops, real)
		}
	}
	for {
		c, err := openWorkTree(dir)
		if c != nil || err != nil {
			return c, err
		}
		parent := filepath.Dir(dir)
		if parent == dir || slices.Contains(stops, parent) || device(parent) != device(dir) {
			return nil, nil
		}
		dir = parent
	}
}

func device(dir string) uint64 {
	info, err := os.Stat(dir)
	if err != nil {
		return 0
	}
	st, _ := info.Sys().(*syscall.Stat_t)
	return uint64(st.Dev) //nolint:unconvert // a signed number on other systems
}

// openWorkTree returns the checkout whose root is dir; nil when dir is not one's root.
func openWorkTree(dir string) (*workTree, error) {
	dotGit := filepath.Join(dir, ".git")
	info, err := os.Lstat(dotGit)
	if err != nil {
		return nil, nil
	}
	gitDir := dotGit
	if info.Mode().IsRegular() {
		if gitDir, err = linkedGitDir(dir); err != nil {
			return nil, err
		}
	}
	if gitDir, err = filepath.EvalSymlinks(gitDir); err != nil {
		return nil, nil // a work tree whose repository is gone
	}
	c := &workTree{root: dir, gitDir: gitDir, common: gitDir}
	text, err := readFile(filepath.Join(gitDir, "commondir"), maxReference)
	switch {
	case err == nil:
		c.common = strings.TrimRight(string(text), "\r\n")
		if !filepath.IsAbs(c.common) {
			c.common = filepath.Join(gitDir, c.common)
		}
		if c.common, err = filepath.EvalSymlinks(c.common); err != nil {
			return nil, nil
		}
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
		return nil, err
	}
	if !c.isRepository() {
		return nil, nil
	}
	return c, c.checkOwner(info)
}

// linkedGitDir reads the .git file of a linked work tree or a submodule.
func linkedGitDir(dir string) (string, error) {
	file := filepath.Join(dir, ".git")
	text, err := readFile(file, maxReference)
	if err != nil {
		return "", err
	}
	path, found := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), "gitdir: ")
	if !found || path == "" {
		return "", fmt.Errorf("%s: a file of this name must hold \"gitdir: PATH\"; remove it, or clone the repository again", file)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path, nil
}

// isRepository reports whether git would take the directory for a repository.
func (c *workTree) isRepository() bool {
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(c.common, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	_, err := c.head()
	return err == nil
}

// maxReference is how many bytes a file that names a commit, a branch or a directory may have.
const maxReference = 16 << 10

// head returns the content of HEAD, which some old repositories have as a symbolic link.
func (c *workTree) head() (string, error) {
	name := filepath.Join(c.gitDir, "HEAD")
	if target, err := os.Readlink(name); err == nil {
		if !strings.HasPrefix(target, "refs/") {
			return "", fmt.Errorf("%s is a link to %s, which is not a branch", name, target)
		}
		return "ref: " + target + "\n", nil
	}
	text, err := readFile(name, maxReference)
	return string(text), err
}

// checkOwner refuses a .git that leads to a repository of somebody else's. Root could read it, and the checkout's owner
// could so learn what is not for him.
func (c *workTree) checkOwner(dotGit fs.FileInfo) error {
	if os.Geteuid() != 0 || dotGit.IsDir() {
		return nil
	}
	st, ok := dotGit.Sys().(*syscall.Stat_t)
	for _, dir := range []string{c.gitDir, c.common} {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if other, known := info.Sys().(*syscall.Stat_t); ok && known && other.Uid != st.Uid {
			return fmt.Errorf("%s belongs to the user with uid %d and leads to %s, which belongs to the user with uid %d: run PAKman as "+
				"that user, or clone the repository again",
				filepath.Join(c.root, ".git"), st.Uid, dir, other.Uid)
		}
	}
	return nil
}

// subdirectory returns dir as a slash path below the root; empty at the root.
func (c *workTree) subdirectory(dir string) (string, error) {
	name, err := filepath.Rel(c.root, dir)
	if err != nil || name == "." {
		return "", err
	}
	return filepath.ToSlash(name), nil
}
