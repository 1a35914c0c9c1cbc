package index

import (
	"strings"

	"github.com/pakman/build/pkg/apk/adb"
)

// Complete takes from an older Packages.adb what an APKINDEX does not hold of the same packages: that they are for
// all architectures, and what they replace. No package need be read for it.
func (x *Index) Complete(old adb.Block) {
	x.sort()
	packages := old.Slots(old.Slots(old.Root()).At(adbPackages))
	for i := range packages.Len() {
		p := old.Slots(packages.At(i + 1))
		at, found := x.search(string(old.Blob(p.At(adbName))), string(old.Blob(p.At(adbVersion))))
		if !found {
			continue
		}
		e := &x.Entries[at]
		if hash := old.Blob(p.At(adbHash)); len(hash) == 0 || hashOf(e.Checksum) != string(hash) {
			continue
		}
		e.Noarch = e.Noarch || string(old.Blob(p.At(adbArch))) == "noarch"
		if replaces := old.Slots(p.At(adbReplaces)); e.Replaces == nil {
			for n := range replaces.Len() {
				e.Replaces = append(e.Replaces, readDependency(old, old.Slots(replaces.At(n+1))))
			}
		}
	}
}

func readDependency(b adb.Block, d adb.Slots) string {
	name, version, match := string(b.Blob(d.At(1))), string(b.Blob(d.At(2))), int(b.Int(d.At(3)))
	var text strings.Builder
	if match&matchConflict != 0 {
		text.WriteByte('!')
	}
	text.WriteString(name)
	if version != "" {
		if match &^= matchConflict; match == 0 {
			match = matchEqual
		}
		text.WriteString(operatorOf[match] + version)
	}
	return text.String()
}
