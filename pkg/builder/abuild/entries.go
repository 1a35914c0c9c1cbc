package abuild

import (
	"archive/tar"
	"hash/maphash"
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// entries checks the entries of a package that abuild made. The build runs as abuild's user, so it can write whole packages
// and can do what abuild itself refuses.
type entries struct {
	options []string // of the APKBUILD
	seen    map[uint64]byte
	seed    maphash.Seed // hashes of the names take little memory, and a build cannot foresee them
}

func newEntries(options []string) *entries {
	return &entries{options: options, seen: map[uint64]byte{}, seed: maphash.MakeSeed()}
}

const attribute = "SCHILY.xattr." // begins the record of an extended attribute

// check refuses what apk does not install, what leads out of the package, and rights that the APKBUILD does not ask for.
func (e *entries) check(entry *tar.Header) error {
	name, target := strings.TrimSuffix(entry.Name, "/"), ""
	switch entry.Typeflag {
	case tar.TypeSymlink:
		target = entry.Linkname
	case tar.TypeReg, tar.TypeLink, tar.TypeDir, tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
	default:
		return builder.Refuse("/%s has the type %q of tar, which a package does not hold; remove it before the build ends", name,
			entry.Typeflag)
	}
	if err := builder.CheckEntry(name, target, entry.FileInfo().Mode(), entry.Size, e.options); err != nil {
		return err
	}
	if name == "" || path.Clean("/"+name) != "/"+name {
		return builder.Refuse("the package holds the name %q, and abuild writes no such name; let abuild make the package", entry.Name)
	}
	if entry.Typeflag == tar.TypeLink {
		if err := e.checkLink(name, entry.Linkname); err != nil {
			return err
		}
	}
	e.seen[maphash.String(e.seed, name)] = entry.Typeflag
	return e.checkAttributes(name, entry.PAXRecords)
}

// checkLink refuses a hard link to anything but an earlier file of the package.
func (e *entries) checkLink(name, target string) error {
	switch kind, ok := e.seen[maphash.String(e.seed, target)]; {
	case kind == tar.TypeSymlink:
		return builder.Refuse("the package holds %s, a hard link to the symbolic link %s: apk does not install it; make it a symbolic link",
			name, target)
	case !ok || kind != tar.TypeReg && kind != tar.TypeLink:
		return builder.Refuse("/%s is a hard link to %q, which is not a file of the package; package the file itself", name, target)
	}
	return nil
}

func (e *entries) checkAttributes(name string, records map[string]string) error {
	for record := range records {
		switch {
		case record == attribute+"security.capability" && !slices.Contains(e.options, "setcap"):
			return builder.Refuse("/%s has capabilities: remove them with setcap -r, or set options=\"setcap\"", name)
		case strings.HasPrefix(record, attribute+"trusted."):
			return builder.Refuse("/%s has the extended attribute %q, which only the system of a machine may set: remove it", name,
				strings.TrimPrefix(record, attribute))
		}
	}
	return nil
}
