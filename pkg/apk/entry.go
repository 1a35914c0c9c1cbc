package apk

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"

	"github.com/pakman/build/pkg/internal/tree"
)

// maxFile is the largest size that apk reads from a header: eleven octal digits.
const maxFile = 0o77777777777

// CheckEntry refuses a file, directory or link that apk would install wrongly or not at all. name is its path in the package,
// without a leading slash, target that of a symbolic link, size the bytes of a regular file.
func CheckEntry(name, target string, mode fs.FileMode, size int64) error {
	switch {
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("the name %q has a control character, and apk would not install it; rename it", "/"+name)
	case len(name) > tree.MaxName:
		return fmt.Errorf("/%.80s…: the path has more than %d bytes; shorten it", name, tree.MaxName)
	}
	shown := "/" + strings.ToValidUTF8(name, "\uFFFD")
	switch {
	case strings.ContainsFunc(target, unicode.IsControl):
		return fmt.Errorf("%s links to %q, which has a control character; link to another name", shown, target)
	case strings.HasPrefix(name, "."):
		return fmt.Errorf("%s: apk does not install names in the root directory that begin with a dot; rename or remove it", shown)
	case mode.IsRegular() && size > maxFile:
		return fmt.Errorf("%s has %d bytes, and apk installs files of at most %d; split it", shown, size, int64(maxFile))
	case !mode.IsRegular() && !mode.IsDir() && mode&fs.ModeSymlink == 0:
		return fmt.Errorf("%s is a %s, and a package holds only files, directories and links; remove it before the build ends", shown,
			Kind(mode))
	}
	return nil
}

// Kind names what a mode is that is no regular file.
func Kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
