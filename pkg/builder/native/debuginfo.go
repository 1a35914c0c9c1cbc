package native

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// debugDir is where debuggers look for the symbols of /usr/bin/x: debugDir/usr/bin/x.debug.
const debugDir = "usr/lib/debug"

// describedPackages returns the conflicts of a package of symbols: with every other version of the
// packages of this build whose files its symbols are for.
func describedPackages(m *metadata, packages []output, p output) ([]string, error) {
	root := filepath.Join(p.dir, debugDir)
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, nil
	}
	var conflicts []string
	err := filepath.WalkDir(root, func(file string, _ fs.DirEntry, err error) error {
		described, isSymbols := strings.CutSuffix(strings.TrimPrefix(file, root), ".debug")
		if err != nil || !isSymbols {
			return err
		}
		for _, other := range packages {
			const anyExecute = 0o111
			if info, err := os.Stat(filepath.Join(other.dir, described)); err == nil && (info.IsDir() || info.Mode()&anyExecute != 0) {
				conflicts = append(conflicts, "!"+other.name+"<"+m.version(), "!"+other.name+">"+m.version())
			}
		}
		return nil
	})
	return conflicts, err
}
