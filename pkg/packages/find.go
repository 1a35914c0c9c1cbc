// Package packages finds the .apk files that a user means, and refuses two different ones of one name and version.
package packages

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// Package is one package file.
type Package struct {
	repository.Known
	File string
	Arch string // of the directory that it lies in; empty: the directory is not named after an architecture
	// Location is the repository whose layout, <branch>/<repository>/<arch>/, it lies in; zero: it lies in none.
	Location repository.Location
	etags    bool
}

// Found is what the files and directories that a user names hold.
type Found struct {
	Packages   []*Package
	indexes    map[string][]string // files, by the architecture of their directory
	publicKeys map[string]string   // files NAME.rsa.pub, by name
	etags      bool
}

// Find reads each .apk file at or below the paths once, and notes the indexes and public keys beside them. With etags it
// computes the digests that the ETags of S3 stores are.
func Find(paths []string, etags bool) (*Found, error) {
	f := &Found{etags: etags, indexes: map[string][]string{}, publicKeys: map[string]string{}}
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return f.add(path, path == root)
		})
		if err != nil {
			return nil, usererror.Input(err)
		}
	}
	if len(f.Packages) == 0 {
		return nil, usererror.Input(fmt.Errorf("no .apk file in %s; build first, or name the files", strings.Join(paths, ", ")))
	}
	return f, nil
}

// add notes one file. A file that the user names is a package whatever it is called.
func (f *Found) add(path string, named bool) error {
	location, arch := place(path)
	switch {
	case filepath.Base(path) == apk.IndexName && arch != "":
		f.indexes[arch] = append(f.indexes[arch], path)
		return nil
	case strings.HasSuffix(path, ".rsa.pub"):
		f.publicKeys[filepath.Base(path)] = path
		return nil
	case !strings.HasSuffix(path, ".apk") && !named:
		return nil
	}
	checked, wait := apk.FileChecker()
	pkg, err := known(f.etags, func(also ...io.Writer) (*apk.Package, error) { return apk.ReadFile(path, append(also, checked)...) })
	missing := wait(err)
	if err != nil {
		return err
	}
	// Others may have made the package.
	err = errors.Join(missing, apk.CheckName(pkg.Info.Name), apk.CheckVersion(pkg.Info.Version), pkg.Info.CheckDependencies())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f.Packages = append(f.Packages, &Package{Known: pkg, etags: f.etags, File: path, Arch: arch, Location: location})
	return nil
}

// known returns the package that read returns, and its digests, which are computed of what read writes to also.
func known(etags bool, read func(also ...io.Writer) (*apk.Package, error)) (k repository.Known, err error) {
	if !etags {
		if k.Package, err = read(); err == nil {
			k.Digests.SHA256 = k.SHA256
		}
		return k, err
	}
	hash := store.NewETagHash()
	if k.Package, err = read(hash); err == nil {
		k.Digests = hash.Digests(k.SHA256)
	}
	return k, err
}

// place returns the repository and the architecture that a file's directory is named after, as far as it is.
func place(path string) (location repository.Location, arch string) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	dir := filepath.Dir(path)
	if arch = filepath.Base(dir); !slices.Contains(apk.Arches(), arch) {
		return location, ""
	}
	above := filepath.Dir(dir)
	branch := filepath.Base(filepath.Dir(above))
	if parsed, err := recipe.ParseBranch(branch); err == nil && parsed == branch {
		location = repository.Location{Branch: branch, Repository: filepath.Base(above)}
	}
	return location, arch
}

// PublicKey reads the key of that name, where one lies beside the packages. It returns nil where none does.
func (f *Found) PublicKey(name string) (*apk.PublicKey, error) {
	file, ok := f.publicKeys[name]
	if !ok {
		return nil, nil
	}
	text, err := apk.ReadKeyFile(file)
	if err != nil {
		return nil, err
	}
	return apk.ParsePublicKey(name, text)
}
