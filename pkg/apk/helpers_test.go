package apk

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Two keys for all tests; small ones, because making them takes time.
var (
	keyA = sync.OnceValue(func() *PrivateKey { return smallKey("acme-a.rsa") })
	keyB = sync.OnceValue(func() *PrivateKey { return smallKey("acme-b.rsa") })
)

func smallKey(name string) *PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return &PrivateKey{Name: name, rsa: key}
}

func testInfo() Info {
	return Info{
		Name: "blog", Version: "1.2.3-r0", Description: "A blog", URL: "https://example.org/blog",
		BuildDate: 1700000000, Packager: "Ada <ada@example.org>", Arch: "noarch", Origin: "blog", License: "MIT",
	}
}

// writeTree makes files from paths to contents; a path that ends in "/" is a directory, a
// content that begins with "-> " a symbolic link.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range files {
		full := filepath.Join(root, path)
		must(t, os.MkdirAll(filepath.Dir(full), 0o755))
		switch target, link := strings.CutPrefix(content, "-> "); {
		case strings.HasSuffix(path, "/"):
			must(t, os.MkdirAll(full, 0o755))
		case link:
			must(t, os.Symlink(target, full))
		default:
			must(t, os.WriteFile(full, []byte(content), 0o644))
		}
	}
	return root
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// create packs files into a package and returns its path.
func create(t *testing.T, info Info, scripts []Script, tree Tree, opts ...Option) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), info.Filename())
	_, err := Create(context.Background(), path, info, scripts, tree, opts...)
	must(t, err)
	return path
}

// dataEntries lists the data member with the contents.
func dataEntries(t *testing.T, path string) (headers []*tar.Header, contents []string) {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	defer func() { must(t, file.Close()) }()
	_, err = Files(file, func(h *tar.Header, r io.Reader) error {
		content, err := io.ReadAll(r)
		headers, contents = append(headers, h), append(contents, string(content))
		return err
	})
	must(t, err)
	return headers, contents
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	return content
}

// wantError wants an error that tells all of parts.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that tells %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not tell %q", err, part)
		}
	}
}

// lines drops the lines that begin with one of prefixes.
func lines(text []byte, dropped ...string) string {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		keep := true
		for _, prefix := range dropped {
			keep = keep && !bytes.HasPrefix(line, []byte(prefix))
		}
		if keep {
			b.Write(line)
		}
	}
	return b.String()
}
