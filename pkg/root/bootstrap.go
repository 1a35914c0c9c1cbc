package root

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/web"
)

// What is read of a mirror at most.
const (
	maxIndex   = 64 << 20
	maxPackage = 64 << 20
	maxTool    = 64 << 20 // of apk.static
	maxKey     = 16 << 10
)

// bootstrapped is what a root is begun with.
type bootstrapped struct {
	apk     string            // path of Alpine's static apk, which runs on this machine
	keys    map[string][]byte // the files of the keys that are believed, by name
	release string            // of Alpine, with the number of its newest update: 3.24.1
}

// mirrored is one repository of the mirror, for this machine's architecture.
type mirrored struct {
	store *web.Store
	dir   string // BRANCH/main/ARCH
	index *index.Index
}

// bootstrap fetches apk into dir. At first nothing of the mirror is believed: its package alpine-keys holds the keys, of which
// those count whose hashes are known; one of them has signed the index, and that names the package with apk.
func (m Maker) bootstrap(ctx context.Context, branch, dir string) (b bootstrapped, err error) {
	remote, err := web.New(m.mirror(), m.Transport)
	if err != nil {
		return b, &Error{err}
	}
	r := mirrored{store: remote, dir: path.Join(branch, "main", apk.HostArch())}
	text, err := r.get(ctx, "APKINDEX.tar.gz", maxIndex)
	if errors.Is(err, store.ErrNotFound) {
		return b, refuse("the mirror %s has no Alpine %s for %s (there is no %s): check the release, or choose another mirror with "+
			"--mirror or APK_MIRROR", m.mirror(), branch, apk.HostArch(), r.store.URL(path.Join(r.dir, "APKINDEX.tar.gz")))
	}
	if err != nil {
		return b, err
	}
	if r.index, err = index.Read(bytes.NewReader(text)); err != nil {
		return b, refuse("the mirror %s: %w", m.mirror(), err)
	}
	if b.keys, err = m.fetchKeys(ctx, r); err != nil {
		return b, err
	}
	trusted, err := parseKeys(b.keys)
	if err != nil {
		return b, err
	}
	if r.index, err = index.Read(bytes.NewReader(text), trusted...); err != nil {
		return b, refuse("the mirror %s is not to be trusted: none of Alpine's keys signed its index: %w", m.mirror(), err)
	}
	for _, e := range r.index.Entries {
		if e.Name == "alpine-base" {
			b.release, _, _ = strings.Cut(e.Version, "-r")
		}
	}
	b.apk = filepath.Join(dir, "apk.static")
	return b, r.fetchApk(ctx, b.apk, trusted)
}

// get returns a file of the repository.
func (r mirrored) get(ctx context.Context, name string, most int64) ([]byte, error) {
	key := path.Join(r.dir, name)
	body, _, err := r.store.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("it is larger than %d bytes", most)
	}
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", r.store.URL(key), err)
	}
	return text, nil
}

// fetchPackage reads a package that the index names, and calls each with its files. What each makes of them counts only when
// there is no error.
func (r mirrored) fetchPackage(ctx context.Context, name string, each func(*tar.Header, io.Reader) error) (*apk.Package, error) {
	i := slices.IndexFunc(r.index.Entries, func(e index.Entry) bool { return e.Name == name })
	if i < 0 {
		return nil, refuse("the mirror's %s has no package %s", r.store.URL(r.dir), name)
	}
	entry := r.index.Entries[i]
	text, err := r.get(ctx, entry.Filename(), maxPackage)
	if err != nil {
		return nil, err
	}
	p, err := apk.Files(bytes.NewReader(text), each)
	if err == nil && p.Checksum != entry.Checksum {
		err = errors.New("it is not the package that the index lists")
	}
	if err != nil {
		return nil, refuse("%s: %w", r.store.URL(path.Join(r.dir, entry.Filename())), err)
	}
	return p, nil
}

// fetchKeys returns the files of the keys that are believed.
func (m Maker) fetchKeys(ctx context.Context, r mirrored) (map[string][]byte, error) {
	believed := m.Keys
	if believed == nil {
		believed = alpineKeys
	}
	keys := map[string][]byte{}
	_, err := r.fetchPackage(ctx, "alpine-keys", func(h *tar.Header, content io.Reader) error {
		name := path.Base(h.Name)
		want, known := believed[name]
		if !known || h.Typeflag != tar.TypeReg {
			return nil
		}
		text, err := io.ReadAll(io.LimitReader(content, maxKey))
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != want {
			return fmt.Errorf("the key %s is not Alpine's key of that name: its SHA-256 is %x, and %s is known", name, sum, want)
		}
		keys[name] = text
		return nil
	})
	if err == nil && len(keys) == 0 {
		err = refuse("the package alpine-keys of the mirror %s holds none of Alpine's keys that this version of PAKman knows: update "+
			"PAKman, or choose another mirror", m.mirror())
	}
	return keys, err
}

func parseKeys(files map[string][]byte) ([]*apk.PublicKey, error) {
	var keys []*apk.PublicKey
	for name, text := range files {
		key, err := apk.ParsePublicKey(name, text)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", name, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// apkInPackage is where apk-tools-static has its program.
const apkInPackage = "sbin/apk.static"

// fetchApk writes Alpine's static apk to a file.
func (r mirrored) fetchApk(ctx context.Context, file string, trusted []*apk.PublicKey) error {
	var program []byte
	p, err := r.fetchPackage(ctx, "apk-tools-static", func(h *tar.Header, content io.Reader) (err error) {
		if h.Name == apkInPackage && h.Typeflag == tar.TypeReg {
			program, err = io.ReadAll(io.LimitReader(content, maxTool))
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := p.Verify(trusted...); err != nil {
		return refuse("apk-tools-static of %s: %w", r.store.URL(r.dir), err)
	}
	if program == nil {
		return refuse("apk-tools-static of %s holds no %s", r.store.URL(r.dir), apkInPackage)
	}
	return os.WriteFile(file, program, 0o700) //#nosec G306 -- a program
}
