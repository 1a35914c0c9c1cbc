package abuild

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/atomicfile"
)

// collect copies, compressed as the job wants it, the packages that abuild left in <repodest>/<repository>/<arch>/ into the job's
// output and returns their paths, sorted. Copies, because what the build's user wrote stays the
// build's user's: a process it left behind could change it.
func collect(ctx context.Context, repodest string, j builder.Job) ([]string, error) {
	made, err := filepath.Glob(filepath.Join(repodest, filepath.Base(filepath.Dir(j.Dir)), "*", "*.apk"))
	if err != nil {
		return nil, err
	}
	if err := checkMade(made, j); err != nil {
		return nil, err
	}
	var packages []string
	for _, file := range made {
		target := filepath.Join(j.Output, filepath.Base(file))
		if err := copyFile(target, file); err != nil {
			return nil, errors.Join(err, removeAll(packages))
		}
		packages = append(packages, target)
		if err := checkFiles(target, j.Arch, archCheck(j.Dir)); err != nil {
			return nil, errors.Join(err, removeAll(packages))
		}
		if err := apk.Recompress(ctx, target, target, apk.Compress(j.Compression)); err != nil {
			return nil, errors.Join(err, removeAll(packages))
		}
	}
	slices.Sort(packages)
	return packages, nil
}

// checkMade looks at what really appeared: abuild ends with status 0 and no package when the
// APKBUILD is for another architecture.
func checkMade(made []string, j builder.Job) error {
	name := filepath.Base(j.Dir)
	if len(made) == 0 {
		return fmt.Errorf("abuild made no package of %s: its architectures do not include this machine's; "+
			"set architectures, or build on a machine that they include", name)
	}
	own := false
	for _, file := range made {
		if dir := filepath.Base(filepath.Dir(file)); dir != j.Arch {
			return fmt.Errorf("abuild built %s for %s, not for %s: build on a machine of that architecture",
				filepath.Base(file), dir, j.Arch)
		}
		own = own || strings.HasPrefix(filepath.Base(file), name+"-")
	}
	if !own {
		return fmt.Errorf("abuild made %d packages and none of them is %s", len(made), name)
	}
	return nil
}

// archCheck tells that the APKBUILD does not opt out of abuild's check of architectures.
func archCheck(dir string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return true
	}
	defer func() { _ = root.Close() }()
	text, err := root.ReadFile("APKBUILD")
	return err != nil || !strings.Contains(string(text), "!archcheck")
}

// checkFiles looks for files in a package that apk would fail to install, and for programs of another
// machine, which abuild packs where nothing strips or traces them.
func checkFiles(file, arch string, foreign bool) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	seen := symlinks{}
	_, err = apk.Files(f, func(entry *tar.Header, content io.Reader) error {
		if err := seen.check(entry); err != nil || !foreign || entry.Typeflag != tar.TypeReg {
			return err
		}
		head, err := io.ReadAll(io.LimitReader(content, builder.HeadBytes))
		if err != nil {
			return err
		}
		if machine, other := builder.ForeignProgram(head, arch); other {
			return builder.Refuse("/%s %s", entry.Name, builder.ForeignText(machine, arch))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return nil
}

// symlinks are the symbolic links that a package held so far.
type symlinks map[string]bool

// check refuses what abuild packs and apk does not install.
func (s symlinks) check(entry *tar.Header) error {
	if strings.ContainsFunc(entry.Name, unicode.IsControl) {
		return builder.Refuse("the package holds a file named %q: apk does not install names with control characters; rename it", entry.Name)
	}
	if entry.Typeflag == tar.TypeLink && s[entry.Linkname] {
		return builder.Refuse("the package holds %s, a hard link to the symbolic link %s: apk does not install it; make it a symbolic link",
			entry.Name, entry.Linkname)
	}
	if entry.Typeflag == tar.TypeSymlink {
		s[entry.Name] = true
	}
	return nil
}

// copyFile copies the regular file src to dst, which appears whole or not at all. A symbolic link
// is refused: the program may read files that the build's user may not.
func copyFile(dst, src string) (err error) {
	in, err := os.OpenFile(src, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // read only
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", src)
	}
	return atomicfile.Write(dst, atomicfile.Options{Mode: 0o644}, func(out *os.File) error {
		_, err := io.Copy(out, in)
		return err
	})
}

func removeAll(files []string) error {
	var errs []error
	for _, file := range files {
		errs = append(errs, os.Remove(file))
	}
	return errors.Join(errs...)
}
