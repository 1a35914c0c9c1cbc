package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxNesting is how deep checkouts may lie in each other.
const maxNesting = 16

// dirty reports whether tracked files below dir differ from the commit, in submodules too. Untracked files do not count,
// as in `git describe --dirty`: a build's own output would be among them.
func (r *repository) dirty(ctx context.Context, dir string, depth int) (bool, error) {
	changed, err := r.records(ctx, dir, "status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames",
		"--", ".")
	if err != nil {
		return false, err
	}
	var unsure []string // whose content git sees as changed, but a filter could make the same of it
	for _, entry := range changed {
		if !strings.HasPrefix(entry, " M ") {
			return true, nil
		}
		unsure = append(unsure, entry[len(" M "):])
	}
	if differs, err := r.differ(ctx, unsure); differs || err != nil {
		return differs, err
	}
	return r.dirtySubmodules(ctx, dir, depth)
}

// differ reports whether any of the files, slash paths below the root, was changed. git compares a file with the index
// after the filter that .gitattributes names, a program, which is not run here. Of Git LFS it is known what it does. What
// other filters make of a file is unknown, and the file counts as unchanged.
func (r *repository) differ(ctx context.Context, files []string) (bool, error) {
	if len(files) == 0 {
		return false, nil
	}
	question := r.call(r.root, "check-attr", "-z", "--stdin", "filter")
	question.stdin = []byte(strings.Join(files, "\x00") + "\x00")
	answers, err := r.git.records(ctx, question)
	if err != nil {
		return false, err
	}
	if len(answers) != 3*len(files) { // the file, "filter", the filter
		return false, fmt.Errorf("asking git about %s: %d answers for %d files", r.root, len(answers)/3, len(files))
	}
	for i, file := range files {
		switch filter := answers[3*i+2]; filter {
		case "unspecified", "unset", "set":
			return true, nil
		case "lfs":
			pointer, err := r.run(ctx, r.root, "cat-file", "blob", ":"+file)
			if err != nil {
				return false, err
			}
			same, err := isLFSContent(filepath.Join(r.root, filepath.FromSlash(file)), pointer)
			if !same || err != nil {
				return !same, err
			}
		}
	}
	return false, nil
}

// isLFSContent reports whether the file has the content that a pointer of Git LFS stands for.
func isLFSContent(file, pointer string) (bool, error) {
	const oid, size = "oid sha256:", "size "
	var wantOID, wantSize string
	for line := range strings.Lines(pointer) {
		line = strings.TrimSuffix(line, "\n")
		if rest, found := strings.CutPrefix(line, oid); found {
			wantOID = rest
		}
		if rest, found := strings.CutPrefix(line, size); found {
			wantSize = rest
		}
	}
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0) //#nosec G304 -- a file of the checkout
	if err != nil {
		return false, ignoreMissing(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || fmt.Sprint(info.Size()) != wantSize {
		return false, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return false, err
	}
	return hex.EncodeToString(sum.Sum(nil)) == wantOID, nil
}

// ignoreMissing drops the error of a file that vanished, or that something else took the place of.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return err
}

// dirtySubmodules reports whether a submodule below dir stands at another commit than the index says, or is dirty itself.
// One that was not fetched is not.
func (r *repository) dirtySubmodules(ctx context.Context, dir string, depth int) (bool, error) {
	staged, err := r.records(ctx, dir, "ls-files", "--stage", "-z")
	if err != nil {
		return false, err
	}
	const gitlink = "160000 "
	for _, entry := range staged {
		info, name, _ := strings.Cut(entry, "\t") // MODE OBJECT STAGE
		commit, found := strings.CutPrefix(info, gitlink)
		if !found {
			continue
		}
		commit, _, _ = strings.Cut(commit, " ")
		changed, err := r.git.submoduleChanged(ctx, filepath.Join(dir, filepath.FromSlash(name)), commit, depth-1)
		if changed || err != nil {
			return changed, err
		}
	}
	return false, nil
}

func (g *git) submoduleChanged(ctx context.Context, dir, commit string, depth int) (bool, error) {
	sub, err := g.openNested(ctx, dir, depth)
	if sub == nil || err != nil {
		return false, err
	}
	defer sub.close()
	head, err := sub.ask(ctx, dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil || head != commit {
		return head != commit, err
	}
	return sub.dirty(ctx, dir, depth)
}

// openNested returns the repository of a checkout inside another one; nil when none begins at dir.
func (g *git) openNested(ctx context.Context, dir string, depth int) (*repository, error) {
	c, err := openWorkTree(dir)
	if c == nil || err != nil {
		return nil, err
	}
	if depth <= 0 {
		return nil, fmt.Errorf("%s: checkouts are nested more than %d levels deep", dir, maxNesting)
	}
	return g.open(ctx, c)
}
