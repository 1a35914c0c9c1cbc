package native

import (
	"archive/tar"
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/goldentest"
)

// withSource puts a source beside the APKBUILD; sums is its line of sha512sums.
func withSource(name string, body []byte) (sums string, change func(*builder.Job)) {
	sum := sha512.Sum512(body)
	return "source=" + name + "\nsha512sums='" + hex.EncodeToString(sum[:]) + "  " + name + "'\n", func(j *builder.Job) {
		if err := os.WriteFile(filepath.Join(j.Dir, name), body, 0o644); err != nil {
			panic(err)
		}
	}
}

func tarball(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The sources are the build's user's own, whatever the umask of this process is.
func TestSourcesAreTheBuildsOwn(t *testing.T) {
	old := syscall.Umask(0o022)
	defer syscall.Umask(old)
	sums, change := withSource("tool.sh", []byte("#!/bin/sh\n"))
	files, log, err := build(t, sums+"build() { chmod 755 \"$srcdir\"/tool.sh; echo 'echo hi' >>\"$srcdir\"/tool.sh; }\n"+
		"package() { install -Dm755 \"$srcdir\"/tool.sh \"$pkgdir\"/usr/bin/demo; }\n", func(j *builder.Job) {
		change(j)
		syscall.Umask(0o077)
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	entries := goldentest.Files(t, files[0])
	i := slices.IndexFunc(entries, func(f goldentest.File) bool { return f.Path == "usr/bin/demo" })
	if i < 0 || entries[i].Mode != "755" {
		t.Errorf("%+v", entries)
	}
}

func TestArchives(t *testing.T) {
	sums, change := withSource("tree.tar", tarball(t, "demo-1.0/hello", "hello\n"))
	body := sums + "unpack() { echo mine >\"$srcdir\"/mark; }\nbuild() { cat hello \"$srcdir\"/mark; }\n" + emptyPackage
	_, log, err := build(t, body, change)
	if err != nil || !strings.Contains(log.String(), "hello\nmine\n") {
		t.Errorf("%v\n%s", err, log)
	}
	sums, change = withSource("broken.tar.gz", []byte("this is no archive"))
	if _, _, err = build(t, sums+emptyPackage, change); err == nil ||
		!strings.Contains(err.Error(), "source broken.tar.gz cannot be unpacked") {
		t.Errorf("%v", err)
	}
}

func TestRefusedSources(t *testing.T) {
	sums, change := withSource("f", nil)
	for body, want := range map[string]string{
		"source=f\n":                               "has no checksum",
		"source=https://example.org/x.tgz\n":       "only files next to the APKBUILD",
		"source=f\nsha512sums='abc'\n":             "not pairs",
		sums + "sha512sums=\"$sha512sums 00 g\"\n": "name g, which is not in source",
		"source=../f\nsha512sums='00  f'\n":        "cannot be read as a file of the build directory",
		"source=d\nsha512sums='00  d'\n":           "is not a regular file",
		"source='a&b'\n":                           "a file name has letters",
	} {
		_, _, err := build(t, body+emptyPackage, func(j *builder.Job) {
			change(j)
			if err := os.Mkdir(filepath.Join(j.Dir, "d"), 0o755); err != nil {
				t.Fatal(err)
			}
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}
