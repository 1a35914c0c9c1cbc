package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// InvalidError is a fault of the input, found before anything was written.
type InvalidError struct {
	What string // the file, key or architecture
	Err  error
}

func (e *InvalidError) Error() string { return e.What + ": " + e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

func invalid(what, format string, args ...any) error {
	return &InvalidError{What: what, Err: fmt.Errorf(format, args...)}
}

// item is one package in one architecture's directory.
type item struct {
	Published
	pkg      *apk.Package
	listed   string // the checksum that the index gave at first
	absent   bool   // at the first glance
	compared bool   // with what is in the store
	replace  bool   // it is there with different content, and is to be overwritten
	etag     string // of what is there
	digests  store.Digests
	conflict error // the index lists it, but the store has different content
}

// element is what a name that becomes a part of a path may look like.
var element = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._@-]*$`)

// plan reads and checks everything that is given, and says what goes where, by key.
func (r Request) plan(ctx context.Context) ([]*item, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	packages := make([]*apk.Package, len(r.Packages))
	public := publicKeys(r.Keys)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for i, file := range r.Packages {
		group.Go(func() error {
			var err error
			if err = ctx.Err(); err == nil {
				packages[i], err = readPackage(file, r.Known[file].Package, public)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	items := map[string]*item{}
	for i, file := range r.Packages {
		for _, it := range r.place(file, packages[i]) {
			if other := items[it.Key]; other != nil && other.SHA256 != it.SHA256 {
				return nil, invalid(file, "%s is the same package and version with different content: publish one of them", other.File)
			}
			items[it.Key] = it
		}
	}
	sorted := make([]*item, 0, len(items))
	for _, it := range items {
		sorted = append(sorted, it)
	}
	slices.SortFunc(sorted, func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Name, b.Name), apk.Compare(a.Version, b.Version),
			cmp.Compare(a.Key, b.Key))
	})
	return sorted, nil
}

// check looks at everything but the packages.
func (r Request) check() error {
	for _, name := range []string{r.Branch, r.Repository} {
		if !element.MatchString(name) {
			return invalid("repository", "%q cannot be part of its path: use letters, digits, '.', '_' and '-'", name)
		}
	}
	if len(r.Keys) == 0 {
		return invalid("keys", "a key is needed to sign the index")
	}
	if len(r.Packages) == 0 {
		return invalid("packages", "there is nothing to publish")
	}
	if err := apk.CheckText(r.Description); err != nil {
		return &InvalidError{What: "the repository's description", Err: err}
	}
	seen := map[string]bool{}
	for _, key := range r.Keys {
		if !element.MatchString(key.Name) || seen[key.Name] {
			return invalid("key "+key.Name, "its name must differ from the others' and be made of letters, digits, '.', '_', '@' and '-'")
		}
		seen[key.Name] = true
	}
	noarch := slices.Clone(r.NoarchFor)
	for _, own := range r.NoarchForFile {
		noarch = append(noarch, own...)
	}
	for _, arch := range noarch {
		if !slices.Contains(apk.Arches(), arch) {
			return invalid("architecture "+arch, "Alpine has no architecture of this name; it has %s", strings.Join(apk.Arches(), ", "))
		}
	}
	return nil
}

// readPackage reads a package, unless it is given as p, and checks that one of the keys has signed it.
func readPackage(file string, p *apk.Package, keys []*apk.PublicKey) (*apk.Package, error) {
	if p == nil {
		var err error
		if p, err = apk.ReadFile(file); err != nil {
			return nil, &InvalidError{What: file, Err: err}
		}
	}
	if err := errors.Join(apk.CheckName(p.Info.Name), apk.CheckVersion(p.Info.Version), p.Info.CheckTexts(),
		p.Info.CheckDependencies()); err != nil {
		return nil, &InvalidError{What: file, Err: err}
	}
	if arch := p.Info.Arch; arch != "noarch" && !slices.Contains(apk.Arches(), arch) {
		return nil, invalid(file, "its architecture is %q; Alpine has noarch, %s", arch, strings.Join(apk.Arches(), ", "))
	}
	if err := p.Verify(keys...); err != nil {
		return nil, invalid(file, "it must be signed by the key that signs the index: %w", err)
	}
	return p, nil
}

// place returns the package's place in each index that is to list it.
func (r Request) place(file string, p *apk.Package) []*item {
	arches := []string{p.Info.Arch}
	if p.Info.Arch == "noarch" {
		arches = r.NoarchFor
		if own, ok := r.NoarchForFile[file]; ok {
			arches = own
		}
	}
	var items []*item
	for _, arch := range arches {
		items = append(items, &item{pkg: p, digests: r.Known[file].Digests, Published: Published{
			Name: p.Info.Name, Version: p.Info.Version, Arch: arch, Key: r.key(arch, p.Info.Filename()), File: file,
			Size: p.FileSize, InstalledSize: p.Info.Size, SHA256: p.SHA256,
		}})
	}
	return items
}

func publicKeys(keys []*apk.PrivateKey) []*apk.PublicKey {
	var public []*apk.PublicKey
	for _, k := range keys {
		public = append(public, k.Public())
	}
	return public
}
