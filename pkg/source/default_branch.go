package source

import (
	"path/filepath"
	"strings"
)

// DefaultBranch returns the branch that a clone of the repository around dir checks out: what the remote says, else the branch that
// is checked out here. Without a repository it is "main".
func DefaultBranch(dir string) string {
	const fallback = "main"
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fallback
	}
	tree, err := findWorkTree(dir, "")
	if err != nil || tree == nil {
		return fallback
	}
	remote, err := readFile(filepath.Join(tree.common, "refs/remotes/origin/HEAD"), maxReference)
	if branch := branchOf(string(remote), "refs/remotes/origin/"); err == nil && branch != "" {
		return branch
	}
	head, err := tree.head()
	if branch := branchOf(head, "refs/heads/"); err == nil && branch != "" {
		return branch
	}
	return fallback
}

// branchOf returns the branch that a symbolic reference names; "" if it names none.
func branchOf(text, prefix string) string {
	branch, found := strings.CutPrefix(strings.TrimSpace(text), "ref: "+prefix)
	if !found {
		return ""
	}
	return branch
}
