package runnertest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Snapshot describes every file that a step sees of the runner's, by its path: kind and mode, owner, time, content; not
// the files by which the step answers.
func (r *Runner) Snapshot(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"workspace", "home", "workflow", "runner_temp"} {
		root := filepath.Join(r.dir, name)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(r.dir, path)
			text := info.Mode().String() + " " + owner(info)
			if !d.IsDir() { // the time of a directory tells of entries, which are here themselves
				text += info.ModTime().String()
			}
			if info.Mode().IsRegular() && rel != "workflow/event.json" {
				content, errRead := os.ReadFile(path)
				text += fmt.Sprintf(" %x", sha256.Sum256(content))
				err = errors.Join(err, errRead)
			}
			if rel != "workflow/event.json" {
				files[rel] = text
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func owner(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d ", stat.Uid, stat.Gid)
}
