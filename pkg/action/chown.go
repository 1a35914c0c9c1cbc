package action

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// made returns what a run may make in the workspace when it writes to these directories: each itself, or the first of the
// directories above it that is not there yet. A bucket that is no directory of the workspace is left out.
func made(dirs ...string) []string {
	var roots []string
	for _, dir := range dirs {
		root, err := filepath.Abs(strings.TrimPrefix(dir, "file://"))
		if err != nil || dir == "" || !inside(root) {
			continue
		}
		for above := filepath.Dir(root); inside(above); above = filepath.Dir(above) {
			if _, err := os.Lstat(above); err == nil {
				break
			}
			root = above
		}
		roots = append(roots, root)
	}
	return roots
}

// inside tells that a path is below the current directory, the workspace.
func inside(path string) bool {
	rel := fromHere(path)
	return filepath.IsLocal(rel) && rel != "."
}

// giveBack gives what was written in the workspace to its owner: a container action runs as root, and files of root's
// break the later steps of the runner's user. The packages are made, and a file that cannot be given away is no reason
// to fail.
func giveBack(roots []string) {
	info, err := os.Stat(".")
	if err != nil || os.Geteuid() != 0 {
		return
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_ = os.Lchown(path, int(owner.Uid), int(owner.Gid))
			}
			return nil
		})
	}
}
