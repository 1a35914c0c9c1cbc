package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
)

// repository is a directory served over HTTP, and the key that a client has of it.
type repository struct {
	url string
	dir string // <arch>/APKINDEX.tar.gz and packages lie here
	key *apk.PublicKey
}

// serveBuilt serves the local repository that pakman left in output, with the key it published.
func serveBuilt(t *testing.T, output string, b built) repository {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(output, "keys", b.KeyName))
	if err != nil {
		t.Fatal(err)
	}
	key, err := apk.ParsePublicKey(b.KeyName, pem)
	if err != nil {
		t.Fatal(err)
	}
	indexes, err := filepath.Glob(filepath.Join(output, "*", "main", apk.HostArch(), "APKINDEX.tar.gz"))
	if err != nil || len(indexes) != 1 {
		t.Fatalf("indexes in %s: %v, %v", output, indexes, err)
	}
	return serve(t, filepath.Dir(filepath.Dir(indexes[0])), key)
}

func serve(t *testing.T, dir string, key *apk.PublicKey) repository {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	return repository{url: server.URL, dir: dir, key: key}
}

// standIns serves a repository of one empty package that provides what the examples depend on.
func standIns(t *testing.T) repository {
	t.Helper()
	key, _ := newKey(t, "stand-ins.rsa")
	dir := t.TempDir()
	archDir := filepath.Join(dir, apk.HostArch())
	if err := os.Mkdir(archDir, 0o755); err != nil {
		t.Fatal(err)
	}
	info := apk.Info{
		Name: "stand-ins", Version: "1-r0", Arch: apk.HostArch(), License: "MIT", Origin: "stand-ins",
		Description: "What the examples depend on", URL: "https://example.org", BuildDate: 1,
		Provides: []string{"nginx=99", "nodejs=99", "openrc=99", "/bin/sh=99"},
	}
	path := filepath.Join(archDir, info.Filename())
	if _, err := apk.Create(t.Context(), path, info, nil, apk.Tree{Root: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if err := apk.SignFile(t.Context(), path, path, key); err != nil {
		t.Fatal(err)
	}
	pkg, err := apk.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	idx := index.Index{Description: "stand-ins"}
	idx.Put(index.EntryOf(pkg, ""))
	writeIndex(t, archDir, &idx, key)
	return serve(t, dir, key.Public())
}

func writeIndex(t *testing.T, dir string, idx *index.Index, key *apk.PrivateKey) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "APKINDEX.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := idx.Write(file, key); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// copyRepository returns a copy of the repository that a test may damage.
func copyRepository(t *testing.T, r repository) repository {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(r.dir)); err != nil {
		t.Fatal(err)
	}
	return serve(t, dir, r.key)
}

// packageFile returns the path of name's package in the repository.
func (r repository) packageFile(t *testing.T, name string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(r.dir, apk.HostArch(), name+"-[0-9]*.apk"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("packages of %s in %s: %s, %v", name, r.dir, strings.Join(paths, " "), err)
	}
	return paths[0]
}

// owners reads from the packages of one version who owns which path, as "user:group".
func (r repository) owners(t *testing.T, version string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(r.dir, apk.HostArch(), "*-"+version+".apk"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("packages of version %s in %s: %v", version, r.dir, err)
	}
	owners := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		// Only the last of the three members ends its archive: read on, they are one.
		for entries := tar.NewReader(unpacked); ; {
			header, err := entries.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			owners[strings.TrimSuffix(header.Name, "/")] = header.Uname + ":" + header.Gname
		}
	}
	return owners
}
