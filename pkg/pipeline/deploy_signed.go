package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/instellar"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// seal is the signature that machines trust: by the key of that name.
type seal struct {
	name    string            // acme-blog.rsa.pub
	private []*apk.PrivateKey // one of them has that name; none: nothing can be signed here
	public  []*apk.PublicKey  // none: signatures are known by their name alone
}

// files are what is delivered for all architectures: each package, signed as machines expect it, and an index that
// names these packages and no others.
func (s seal) files(ctx context.Context, c *cargo, work *workspace) ([]instellar.File, error) {
	if len(s.private) == 0 && len(s.public) == 0 {
		beside, err := c.publicKey(s.name)
		if err != nil {
			return nil, usererror.Input(err)
		}
		if beside != nil {
			s.public = append(s.public, beside)
		}
	}
	var files []instellar.File
	for _, arch := range c.sorted() {
		shelf := c.arches[arch]
		if len(shelf.items) == 0 {
			return nil, usererror.Input(fmt.Errorf("%s: it is there without its packages", shelf.indexes[0]))
		}
		changed := false
		for _, p := range shelf.items {
			signed, err := s.sign(ctx, p, work)
			if err != nil {
				return nil, err
			}
			changed = changed || signed
			content, err := store.FileContent(p.file)
			if err != nil {
				return nil, err
			}
			files = append(files, instellar.File{Arch: arch, Name: p.pkg.Info.Filename(), Content: content, SHA256: p.pkg.SHA256})
		}
		content, err := s.index(arch, shelf, changed)
		if err != nil {
			return nil, err
		}
		files = append(files, instellar.File{Arch: arch, Name: indexFile, Content: content})
	}
	return files, nil
}

// sign sees that machines will trust the package; with a key it puts a re-signed copy in the place of one that they
// would not trust, and tells so.
func (s seal) sign(ctx context.Context, p *parcel, work *workspace) (changed bool, err error) {
	if len(s.private) == 0 {
		if !slices.ContainsFunc(p.pkg.Signatures, func(g apk.Signature) bool { return g.KeyName == s.name }) {
			return false, usererror.Input(fmt.Errorf("%s: it is signed by %s, and the platform's machines trust %s alone: give that key (ABUILD_PRIVATE_KEY, --signing-key, or the input signing-key), or build with it",
				p.file, signers(p.pkg), s.name))
		}
		if len(s.public) > 0 {
			return false, usererror.Input(apk.VerifySignature(p.file, s.public...))
		}
		return false, nil
	}
	if s.holds(p) {
		return false, nil
	}
	dir, err := os.MkdirTemp(work.dir, "signed-")
	if err != nil {
		return false, err
	}
	signed := filepath.Join(dir, p.pkg.Info.Filename())
	if err := apk.SignFile(ctx, signed, p.file, s.private...); err != nil {
		return false, err
	}
	p.file = signed
	p.pkg, err = apk.ReadFile(signed)
	return true, err
}

// holds tells that all keys have signed the package, with better than SHA-1, which abuild still uses.
func (s seal) holds(p *parcel) bool {
	for _, key := range s.private {
		public := key.Public()
		strong := slices.ContainsFunc(p.pkg.Signatures, func(g apk.Signature) bool { return g.KeyName == public.Name && g.Hash != "RSA" })
		if !strong || apk.VerifySignature(p.file, public) != nil {
			return false
		}
	}
	return true
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
func (s seal) index(arch string, shelf *shelf, changed bool) (store.Content, error) {
	problem := fmt.Errorf("there is no %s for %s", indexFile, arch)
	for _, file := range shelf.indexes {
		if problem = s.fits(file, shelf); problem == nil && !changed {
			return store.FileContent(file)
		}
	}
	if len(s.private) == 0 {
		return nil, usererror.Input(fmt.Errorf("%w: give the signing key (ABUILD_PRIVATE_KEY, --signing-key, or the input signing-key), so that an index of these packages can be made", problem))
	}
	x := &index.Index{}
	for _, p := range shelf.items {
		x.Put(index.EntryOf(p.pkg, arch))
	}
	var text bytes.Buffer
	if err := x.Write(&text, s.private...); err != nil {
		return nil, err
	}
	return store.BytesContent(text.Bytes()), nil
}

// fits says what is wrong with an index of these packages.
func (s seal) fits(file string, shelf *shelf) error {
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
			return fmt.Errorf("%s: it is signed by %q, and the platform's machines trust %s alone", file, names, s.name)
		}
	}
	for _, p := range shelf.items {
		i := x.Find(p.pkg.Info.Name, p.pkg.Info.Version)
		switch {
		case i < 0:
			return fmt.Errorf("%s: it does not list %s", file, p.file)
		case x.Entries[i].Checksum != p.pkg.Checksum || x.Entries[i].FileSize != p.pkg.FileSize:
			return fmt.Errorf("%s: it lists another %s than %s", file, p.pkg.Info.Filename(), p.file)
		}
	}
	if n := len(x.Entries) - len(shelf.items); n > 0 {
		return fmt.Errorf("%s: it lists %d more packages than there are beside it", file, n)
	}
	return nil
}
