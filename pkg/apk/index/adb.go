package index

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/adb"
)

// Fields of the index and of a package in Packages.adb, and the length of a package that has all of them.
const (
	adbDescription, adbPackages, adbPackageName, adbIndexFields = 1, 2, 3, 3

	adbName, adbVersion, adbHash, adbText, adbArch, adbLicense         = 1, 2, 3, 4, 5, 6
	adbOrigin, adbMaintainer, adbURL, adbCommit, adbTime, adbInstalled = 7, 8, 9, 10, 11, 12
	adbFileSize, adbPriority, adbDepends, adbProvides                  = 13, 14, 15, 16
	adbReplaces, adbInstallIf, adbFields                               = 17, 18, 18
)

// ADB returns the content of arch's Packages.adb: the same packages as in APKINDEX, and of each what
// apk mkndx writes. Values are laid down in the order in which apk does it.
func (x *Index) ADB(arch string) (adb.Block, error) {
	x.sort()
	w := adbWriter{Builder: adb.NewBuilder(256*len(x.Entries), 12*len(x.Entries))}
	packages := make([]adb.Value, len(x.Entries))
	for i := range x.Entries {
		packages[i] = w.entry(&x.Entries[i])
	}
	root := make([]adb.Value, adbIndexFields)
	set(root, adbDescription, w.Blob(x.Description))
	// A noarch package lies beside the others, and apk would look for it in noarch/.
	set(root, adbPackageName, w.Blob(arch+"/${name}-${version}.apk"))
	set(root, adbPackages, w.Object(packages...)) // a list, but this is its type in apk
	return w.Block(w.Object(root...))
}

func set(fields []adb.Value, number int, v adb.Value) { fields[number-1] = v }

// adbWriter keeps what it needs for one package after the other.
type adbWriter struct {
	*adb.Builder
	fields [adbFields]adb.Value
	lists  [4][]dependency
	values []adb.Value
}

func (w *adbWriter) entry(e *Entry) adb.Value {
	w.fields = [adbFields]adb.Value{}
	f := w.fields[:]
	set(f, adbName, w.Blob(e.Name))
	set(f, adbVersion, w.Blob(e.Version))
	set(f, adbText, w.Blob(e.Description))
	set(f, adbURL, w.Blob(e.URL))
	set(f, adbTime, w.Int(uint64(e.BuildDate)))
	set(f, adbInstalled, w.Int(uint64(e.Size)))
	arch := e.Arch
	if e.Noarch {
		arch = "noarch"
	}
	set(f, adbArch, w.Blob(arch))
	set(f, adbOrigin, w.Blob(e.Origin))
	set(f, adbCommit, w.Blob(commitID(e.Commit)))
	set(f, adbMaintainer, w.Blob(e.Maintainer))
	if e.ProviderPriority != 0 {
		set(f, adbPriority, w.Int(uint64(e.ProviderPriority)))
	}
	set(f, adbLicense, w.Blob(e.License))
	replaces, depends, provides := w.items(0, e.Replaces), w.items(1, e.Depends), w.items(2, e.Provides)
	set(f, adbInstallIf, w.Object(w.sorted(w.items(3, e.InstallIf))...)) // a list, but this is its type in apk
	set(f, adbDepends, w.Array(w.sorted(depends)...))
	set(f, adbProvides, w.Array(w.sorted(provides)...))
	set(f, adbReplaces, w.Array(w.sorted(replaces)...))
	set(f, adbFileSize, w.Int(uint64(e.FileSize)))
	set(f, adbHash, w.Blob(hashOf(e.Checksum)))
	return w.Object(f...)
}

// items lays down the dependencies of a list, and remembers them as list n of the package.
func (w *adbWriter) items(n int, texts []string) []dependency {
	list := w.lists[n][:0]
	for _, text := range texts {
		d := parseDependency(text)
		d.value = w.dependency(d)
		list = append(list, d)
	}
	w.lists[n] = list
	return list
}

// sorted returns a list in apk's order, each item once. It is good until the next call.
func (w *adbWriter) sorted(list []dependency) []adb.Value {
	slices.SortStableFunc(list, compareDependencies)
	w.values = w.values[:0]
	for i, d := range list {
		if i == 0 || d.value != list[i-1].value {
			w.values = append(w.values, d.value)
		}
	}
	return w.values
}

func (w *adbWriter) dependency(d dependency) adb.Value {
	fields := [3]adb.Value{w.Blob(d.name)}
	if d.match != matchAny {
		fields[1] = w.Blob(d.version)
		if d.match != matchEqual {
			fields[2] = w.Int(uint64(d.match))
		}
	}
	return w.Object(fields[:]...)
}

func compareDependencies(a, b dependency) int {
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	if a.version != "" && b.version != "" { // with none it is equal to all
		if c := apk.Compare(a.version, b.version); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.stored(), b.stored())
}

// hashOf returns the digest that a checksum is the text of; empty when it is none.
func hashOf(checksum string) string {
	text, ok := strings.CutPrefix(checksum, "Q1")
	digest, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		return ""
	}
	return string(digest)
}

// commitID returns the 20 bytes of a commit that begins with 40 hexadecimal digits; "-dirty" may follow.
func commitID(commit string) string {
	const digits = 40
	if len(commit) < digits {
		return ""
	}
	id, err := hex.DecodeString(commit[:digits])
	if err != nil {
		return ""
	}
	return string(id)
}
