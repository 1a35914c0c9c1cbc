package builder

import (
	"io/fs"
	"slices"

	"github.com/pakman/build/pkg/apk"
)

// CheckEntry refuses a file, directory or link of a package that apk would not install, or that gives whoever starts it more
// rights than the options of the APKBUILD say. name has no leading slash, target is that of a symbolic link.
func CheckEntry(name, target string, mode fs.FileMode, size int64, options []string) error {
	if err := apk.CheckEntry(name, target, mode, size); err != nil {
		return Refuse("%v", err)
	}
	const othersExecute = 0o001
	if mode.IsRegular() && mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 && mode&othersExecute != 0 && !slices.Contains(options, "suid") {
		return Refuse("/%s is executable with the set-user-ID or set-group-ID bit: remove the bit, or set options=\"suid\"", name)
	}
	return nil
}
