package native

import "strings"

// debugDir is where debuggers look for the symbols of /usr/bin/x: debugDir/usr/bin/x.debug.
const debugDir = "usr/lib/debug"

// describedPackages returns the conflicts of a package of symbols: with every other version of the
// packages of this build whose files its symbols are for.
func describedPackages(m *metadata, packages []output, p output) []string {
	var conflicts []string
	for _, e := range p.list {
		described, isSymbols := strings.CutSuffix(e.Path, ".debug")
		described, below := strings.CutPrefix(described, debugDir+"/")
		if !isSymbols || !below {
			continue
		}
		for _, other := range packages {
			const anyExecute = 0o111
			info, err := other.tree.Lstat(described)
			if err == nil && (info.Mode.IsDir() || info.Mode.IsRegular() && info.Mode&anyExecute != 0) {
				conflicts = append(conflicts, "!"+other.name+"<"+m.version(), "!"+other.name+">"+m.version())
			}
		}
	}
	return conflicts
}
