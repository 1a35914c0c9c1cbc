package abuild

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/sandbox"
)

// apkRootDir is the directory below the home directory that apk takes for the system's root.
const apkRootDir = "root"

// systemDirs are where apk keeps what it knows of the system, and what it installs.
var systemDirs = []string{"bin", "etc", "lib", "lib64", "sbin", "usr", "var"}

// makeApkRoot makes a directory with links to those of the system. Landlock lets no build list a directory above hidden ones, and
// so not the root directory, which apk 3 opens whatever it is asked.
func makeApkRoot(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //#nosec G301 -- nothing secret lies in it
		return err
	}
	for _, name := range systemDirs {
		target := "/" + name
		if _, err := fs.Stat(os.DirFS("/"), name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// apk returns how abuild calls apk. abuild indexes the packages it made, and its key is not in /etc/apk/keys, where only root could
// put it, and where it would make the build's packages trusted.
func (s *session) apk() string {
	const apk = "apk --allow-untrusted"
	root := filepath.Join(s.home, apkRootDir)
	// abuild's shell splits the words: a place with spaces could not be named.
	if s.box.Means() != sandbox.Landlock || strings.ContainsAny(root, " \t\n*?[") {
		return apk
	}
	return apk + " --root " + root
}
