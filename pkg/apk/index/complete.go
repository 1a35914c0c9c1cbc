package index

import (
	"crypto/sha1" // a package's name in an index, not a protection
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/apk/adb"
)

// Complete takes from an older Packages.adb what an APKINDEX does not hold of the same packages: that they are for
// all architectures, and what they replace. No package need be read for it.
func (x *Index) Complete(old adb.Block) {
	x.sort()
	packages := old.Slots(old.Slots(old.Root()).At(adbPackages))
	next := 0 // both have one order
	for i := range packages.Len() {
		p := old.Slots(packages.At(i + 1))
		at := x.like(next, old.Blob(p.At(adbName)), old.Blob(p.At(adbVersion)))
		if at < 0 {
			continue
		}
		e := &x.Entries[at]
		next = at + 1
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

// like returns the position of name at version, which is likely to be the one that is given; or -1.
func (x *Index) like(likely int, name, version []byte) int {
	if likely < len(x.Entries) && x.Entries[likely].Name == string(name) && x.Entries[likely].Version == string(version) {
		return likely
	}
	return x.Find(string(name), string(version))
}

// CheckADB says why a Packages.adb holds more than an APKINDEX can: a package in the format of apk 3, whose hash
// is another one.
func CheckADB(b adb.Block) error {
	packages := b.Slots(b.Slots(b.Root()).At(adbPackages))
	for i := range packages.Len() {
		p := b.Slots(packages.At(i + 1))
		if hash := b.Blob(p.At(adbHash)); len(hash) != sha1.Size && len(hash) != 0 {
			return fmt.Errorf("%.200s %.200s is a package in the format of apk 3, which APKINDEX cannot list", b.Blob(p.At(adbName)),
				b.Blob(p.At(adbVersion)))
		}
	}
	return nil
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
