package source

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
)

// A pointer of Git LFS, which its specification keeps below 1024 bytes. "hawser" was the name of its first versions.
const maxPointer = 1023

var pointerForm = regexp.MustCompile(`\Aversion https://(?:git-lfs|hawser)\.github\.com/spec/v1\n(?:.*\n)*oid sha256:[0-9a-f]{64}\n`)

// isPointer reports whether an open file of that size is a pointer of Git LFS. One that cannot be read is none: to copy it will fail.
func isPointer(f io.ReaderAt, size int64) bool {
	const start = "version https://"
	if size > maxPointer || size < int64(len(start)) {
		return false
	}
	text := make([]byte, size)
	n, _ := f.ReadAt(text[:len(start)], 0)
	if string(text[:n]) != start {
		return false
	}
	n, _ = f.ReadAt(text, 0)
	return pointerForm.Match(text[:n])
}

// submodulePath matches a path in .gitmodules.
var submodulePath = regexp.MustCompile(`(?m)^[\t ]*path[\t ]*=[\t ]*"?([^"\r\n]+?)"?[\t ]*\r?$`)

// markUnfetched marks the empty directories among the entries that are submodules by the .gitmodules file in dir: in what is no
// checkout, as in an archive that a server made of one.
func markUnfetched(dir string, entries []entry) {
	text, err := readFile(filepath.Join(dir, ".gitmodules"), maxIgnoreFile)
	if err != nil {
		return // it is not there, or says nothing
	}
	submodules := map[string]bool{}
	for _, m := range submodulePath.FindAllStringSubmatch(string(text), -1) {
		submodules[path.Clean(m[1])] = true
	}
	for i, e := range entries {
		if e.dir && submodules[e.path] {
			files, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(e.path)))
			entries[i].unfetched = err == nil && len(files) == 0
		}
	}
}
