package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/usererror"
)

// indexFile is what apk calls the index of one architecture.
const indexFile = "APKINDEX.tar.gz"

// cargo is the packages of a delivery, by architecture.
type cargo struct {
	arches     map[string]*shelf
	publicKeys map[string]string // files NAME.rsa.pub that lie beside the packages, by name
}

// shelf is what one architecture's machines are to get.
type shelf struct {
	items   []*parcel // in the order of their file names
	indexes []string  // index files that were found
}

// parcel is one package.
type parcel struct {
	file string
	pkg  *apk.Package
}

// scan finds the packages, indexes and public keys below the paths. The architecture is that of the directory which a
// file lies in (<arch>/<file>, in local repositories, in abuild's and in artifacts of either), else the package's own.
func scan(paths []string) (*cargo, error) {
	c := &cargo{arches: map[string]*shelf{}, publicKeys: map[string]string{}}
	var everywhere []*parcel // noarch packages that lie in no architecture's directory
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			loose, err := c.take(path, path == root)
			if loose != nil {
				everywhere = append(everywhere, loose)
			}
			return err
		})
		if err != nil {
			return nil, usererror.Input(err)
		}
	}
	for _, p := range everywhere {
		arches := slices.Collect(maps.Keys(c.arches))
		if len(arches) == 0 {
			arches = recipe.DefaultTargets()
		}
		for _, arch := range arches {
			if err := c.shelf(arch).add(arch, p); err != nil {
				return nil, usererror.Input(err)
			}
		}
	}
	for _, s := range c.arches {
		if len(s.items) > 0 {
			return c, nil
		}
	}
	return nil, usererror.Input(fmt.Errorf("deploy: no .apk file in %s; build first, or name the files", strings.Join(paths, ", ")))
}

// take notes one file. It gives a package that no architecture is known for.
func (c *cargo) take(path string, named bool) (*parcel, error) {
	dir := filepath.Base(filepath.Dir(path))
	if abs, err := filepath.Abs(path); err == nil {
		dir = filepath.Base(filepath.Dir(abs))
	}
	inside := slices.Contains(apk.Arches(), dir)
	switch {
	case filepath.Base(path) == indexFile && inside:
		s := c.shelf(dir)
		s.indexes = append(s.indexes, path)
		return nil, nil
	case strings.HasSuffix(path, ".rsa.pub"):
		c.publicKeys[filepath.Base(path)] = path
		return nil, nil
	case !strings.HasSuffix(path, ".apk") && !named:
		return nil, nil
	}
	pkg, err := apk.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(apk.CheckName(pkg.Info.Name), apk.CheckVersion(pkg.Info.Version)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p, arch := &parcel{file: path, pkg: pkg}, pkg.Info.Arch
	switch {
	case arch == "noarch" && !inside:
		return p, nil
	case arch == "noarch":
		arch = dir
	case !slices.Contains(apk.Arches(), arch) || inside && arch != dir:
		return nil, fmt.Errorf("%s: it is a package for %q in the directory of %s", path, arch, dir)
	}
	return nil, c.shelf(arch).add(arch, p)
}

func (c *cargo) shelf(arch string) *shelf {
	if c.arches[arch] == nil {
		c.arches[arch] = &shelf{}
	}
	return c.arches[arch]
}

// add puts p in its place. The same package may have been found twice; another one of its name may not.
func (s *shelf) add(arch string, p *parcel) error {
	i, taken := slices.BinarySearchFunc(s.items, p.pkg.Info.Filename(), func(other *parcel, name string) int {
		return strings.Compare(other.pkg.Info.Filename(), name)
	})
	if !taken {
		copied := *p // it may be signed anew for one architecture and not for another
		s.items = slices.Insert(s.items, i, &copied)
		return nil
	}
	if other := s.items[i]; other.pkg.SHA256 != p.pkg.SHA256 {
		return fmt.Errorf("%s and %s are both %s for %s, with different bytes: deliver only one of them", other.file, p.file, p.pkg.Info.Filename(), arch)
	}
	return nil
}

// sorted returns the architectures in order.
func (c *cargo) sorted() []string { return slices.Sorted(maps.Keys(c.arches)) }

// report lists the packages as they were found.
func (c *cargo) report() *report.Report {
	rep := &report.Report{}
	for _, arch := range c.sorted() {
		for _, p := range c.arches[arch].items {
			rep.Packages = append(rep.Packages, report.Package{
				Name: p.pkg.Info.Name, Version: p.pkg.Info.Version, Arch: arch, File: p.file,
				Size: p.pkg.FileSize, InstalledSize: p.pkg.Info.Size, SHA256: p.pkg.SHA256,
			})
		}
	}
	rep.Arch = strings.Join(rep.Arches(), " ")
	return rep
}

// publicKey reads the key of that name, where one lies beside the packages.
func (c *cargo) publicKey(name string) (*apk.PublicKey, error) {
	file, ok := c.publicKeys[name]
	if !ok {
		return nil, nil
	}
	text, err := os.ReadFile(file) //#nosec G304 -- found below the paths that the user named
	if err != nil {
		return nil, err
	}
	return apk.ParsePublicKey(name, text)
}
