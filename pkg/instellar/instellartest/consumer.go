package instellartest

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Unzip reads an archive as the platform's consumer does: of each name the last two elements count, which must be
// another <arch>/<file> each time; there are no directories, links, zip64 records or data descriptors, and no methods
// but store and deflate; each architecture has an index.
func Unzip(archive []byte) (map[string][]byte, error) {
	const descriptor, zip64Extra = 1 << 3, 1
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	if bytes.Contains(archive[max(0, len(archive)-200):], []byte("PK\x06\x06")) {
		return nil, errors.New("a zip64 record ends the archive")
	}
	files, arches := map[string][]byte{}, map[string]bool{}
	for _, f := range r.File {
		elements := strings.Split(f.Name, "/")
		switch {
		case len(elements) < 2 || strings.HasSuffix(f.Name, "/"):
			return nil, fmt.Errorf("%s is no <arch>/<file>", f.Name)
		case f.Mode()&fs.ModeType != 0:
			return nil, fmt.Errorf("%s is no regular file", f.Name)
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return nil, fmt.Errorf("%s has the method %d", f.Name, f.Method)
		case f.Flags&descriptor != 0:
			return nil, fmt.Errorf("%s has a data descriptor", f.Name)
		case f.UncompressedSize64 >= math.MaxUint32 || len(f.Extra) > 1 && f.Extra[0] == zip64Extra:
			return nil, fmt.Errorf("%s is zip64", f.Name)
		}
		name := path.Join(elements[len(elements)-2:]...)
		if _, taken := files[name]; taken {
			return nil, fmt.Errorf("%s is there twice", name)
		}
		if files[name], err = content(f); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		arches[path.Dir(name)] = true
	}
	for arch := range arches {
		if files[arch+"/APKINDEX.tar.gz"] == nil {
			return nil, fmt.Errorf("%s has no index", arch)
		}
	}
	return files, nil
}

func content(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r) // checks the CRC
	return text, errors.Join(err, r.Close())
}

// Unpack returns a directory with the repository that a deployment's archive holds, <arch>/<file>, as the consumer
// serves it.
func (p *Platform) Unpack(t testing.TB, d *Deployment) string {
	t.Helper()
	body, _, err := p.Store().Get(t.Context(), d.ArchivePath)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := Unzip(archive)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
