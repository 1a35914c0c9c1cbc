package deploy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/instellar"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// signer knows the signature that machines trust: by the key of that name.
type signer struct {
	name    string            // acme-blog.rsa.pub
	private []*apk.PrivateKey // one of them has that name; none: nothing can be signed here
	public  []*apk.PublicKey  // none: signatures are known by their name alone
}

// files returns what is delivered for all architectures: each package, signed as machines expect it, and an index that
// names these packages and no others.
func (s signer) files(ctx context.Context, found *packages.Found, arches []*packages.Arch, work string) ([]instellar.File, error) {
	if len(s.private) == 0 && len(s.public) == 0 {
		beside, err := found.PublicKey(s.name)
		if err != nil {
			return nil, usererror.Input(err)
		}
		if beside != nil {
			s.public = append(s.public, beside)
		}
	}
	var files []instellar.File
	for _, arch := range arches {
		if len(arch.Packages) == 0 {
			return nil, usererror.Input(fmt.Errorf("%s: it exists without its packages", arch.Indexes[0]))
		}
		changed := false
		for _, p := range arch.Packages {
			signed, err := s.sign(ctx, p, work)
			if err != nil {
				return nil, err
			}
			changed = changed || signed
			content, err := store.FileContent(p.File)
			if err != nil {
				return nil, err
			}
			files = append(files, instellar.File{Arch: arch.Name, Name: p.Info.Filename(), Content: content, SHA256: p.SHA256})
		}
		content, err := s.index(arch, changed)
		if err != nil {
			return nil, err
		}
		files = append(files, instellar.File{Arch: arch.Name, Name: apk.IndexName, Content: content})
	}
	return files, nil
}

// sign checks that machines will trust the package. With a key it puts a re-signed copy in the place of one that they
// would not trust, and reports that.
func (s signer) sign(ctx context.Context, p *packages.Package, work string) (changed bool, err error) {
	if len(s.private) == 0 {
		if !slices.ContainsFunc(p.Signatures, func(g apk.Signature) bool { return g.KeyName == s.name }) {
			return false, usererror.Input(fmt.Errorf("%s: it is signed by %s, and the platform's machines trust %s alone: give that key "+
				"(ABUILD_PRIVATE_KEY, --signing-key, or the input signing-key), or build with it",
				p.File, signers(p.Package), s.name))
		}
		if len(s.public) > 0 {
			if err := p.Verify(s.public...); err != nil {
				return false, usererror.Input(fmt.Errorf("%s: %w", p.File, err))
			}
		}
		return false, nil
	}
	if signing.SignedBy(p.Package, s.private) {
		return false, nil
	}
	return true, p.Sign(ctx, work, s.private)
}

func publicNames(keys []*apk.PrivateKey) []string {
	var names []string
	for _, key := range keys {
		names = append(names, key.Public().Name)
	}
	return names
}

func signers(p *apk.Package) string {
	var names []string
	for _, s := range p.Signatures {
		names = append(names, s.KeyName)
	}
	if names == nil {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

// index returns the index that was found where it is the right one, else one made with the key.
func (s signer) index(arch *packages.Arch, changed bool) (store.Content, error) {
	problem := fmt.Errorf("there is no %s for %s", apk.IndexName, arch.Name)
	for _, file := range arch.Indexes {
		if problem = s.fits(file, arch.Packages); problem == nil && !changed {
			return store.FileContent(file)
		}
	}
	if len(s.private) == 0 {
		return nil, usererror.Input(fmt.Errorf("%w: give the signing key (ABUILD_PRIVATE_KEY, --signing-key, or the input signing-key), "+
			"so that an index of these packages can be made", problem))
	}
	x := &index.Index{}
	for _, p := range arch.Packages {
		x.Put(index.EntryOf(p.Package, arch.Name))
	}
	var text bytes.Buffer
	if err := x.Write(&text, s.private...); err != nil {
		return nil, err
	}
	return store.BytesContent(text.Bytes()), nil
}

// fits returns what is wrong with an index of these packages, nil where it fits.
func (s signer) fits(file string, listed []*packages.Package) error {
	f, err := os.Open(file) //#nosec G304 -- found below the paths that the user named
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	keys := s.public
	if len(s.private) > 0 {
		keys = nil
		for _, key := range s.private {
			keys = append(keys, key.Public())
		}
	}
	x, err := index.Read(f, keys...)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(keys) == 0 {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		names, err := index.Signers(f)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if !slices.Contains(names, s.name) {
			return fmt.Errorf("%s: it is signed by %s, and the platform's machines trust %s alone", file, visible.Names(names), s.name)
		}
	}
	for _, p := range listed {
		i := x.Find(p.Info.Name, p.Info.Version)
		switch {
		case i < 0:
			return fmt.Errorf("%s: it does not list %s", file, p.File)
		case x.Entries[i].Checksum != p.Checksum || x.Entries[i].FileSize != p.FileSize:
			return fmt.Errorf("%s: it lists another %s than %s", file, p.Info.Filename(), p.File)
		}
	}
	if n := len(x.Entries) - len(listed); n > 0 {
		return fmt.Errorf("%s: it lists %d more packages than there are next to it", file, n)
	}
	return nil
}
