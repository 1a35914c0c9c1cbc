package native

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// given are the files beside the APKBUILD, by name, as they were before the build's first command: the APKBUILD and the
// scripts are taken from here, whatever a build leaves in their place.
type given map[string][]byte

// What can be an APKBUILD or a script. A larger file is a source.
const (
	maxGiven    = 1 << 20
	maxGivenAll = 64 << 20
)

const apkbuildFile = "APKBUILD"

// readGiven reads the files.
func readGiven(dir *tree.Dir) (given, error) {
	entries, err := dir.ReadDir(".")
	if err != nil {
		return nil, err
	}
	files, total := given{}, int64(0)
	for _, e := range entries {
		info, err := dir.Lstat(e.Path)
		if err != nil {
			return nil, err
		}
		if total += info.Size; !info.Mode.IsRegular() || info.Size > maxGiven || total > maxGivenAll {
			continue
		}
		if files[e.Path], err = dir.ReadFile(e.Path, maxGiven); err != nil {
			return nil, err
		}
	}
	if files[apkbuildFile] == nil {
		return nil, &fs.PathError{Op: "open", Path: apkbuildFile, Err: fs.ErrNotExist}
	}
	return files, nil
}

// check refuses a build that changed what its packages are decided by.
func (g given) check(dir *tree.Dir, plan builder.Plan, m *metadata) error {
	names := map[string]bool{apkbuildFile: true}
	for _, p := range plan {
		for _, file := range m.scriptFiles(p.Info.Name) {
			names[file] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if text, err := dir.ReadFile(name, maxGiven); err != nil || !bytes.Equal(text, g[name]) {
			return builder.Refuse(
				"the build changed, removed or replaced %s, which says what is in its packages: it must leave that file as it is", name)
		}
	}
	return nil
}
