package action

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// made returns the paths in the workspace that a run may create when it writes to these directories: each directory itself,
// or its topmost parent that does not exist yet. Directories outside of the workspace are left out.
func made(dirs ...string) []string {
	var roots []string
	for _, dir := range dirs {
		root, err := filepath.Abs(dir)
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

// inside reports whether a path is below the current directory, which is the workspace.
func inside(path string) bool {
	rel := fromHere(path)
	return filepath.IsLocal(rel) && rel != "."
}

// giveBack makes the owner of the workspace the owner of the new files in it: a container action runs as root, and files that
// belong to root break later steps of the runner's user. The packages exist already, so it ignores errors.
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
