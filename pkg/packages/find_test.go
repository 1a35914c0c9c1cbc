package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// pack makes dir/name-version.apk, whose content depends on the description.
func pack(t *testing.T, dir, name, arch, description string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name+"-1.0-r0.apk")
	info := apk.Info{Name: name, Version: "1.0-r0", Arch: arch, Description: description, License: "MIT", BuildDate: 1}
	if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	return file
}

// The packages are grouped by the architecture of their directory, else by their own, with the indexes that lie there; a
// noarch package outside of such a directory is for all of them, or for the usual ones.
func TestByArch(t *testing.T) {
	root := t.TempDir()
	for _, arch := range []string{"x86_64", "aarch64"} {
		pack(t, filepath.Join(root, "repo", arch), "blog", arch, arch)
		pack(t, filepath.Join(root, "repo", arch), "blog-openrc", "noarch", "services")
	}
	loose := pack(t, filepath.Join(root, "loose"), "docs", "noarch", "docs")
	indexFile := filepath.Join(root, "repo/x86_64", apk.IndexName)
	if err := os.WriteFile(indexFile, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		paths []string
		want  []string
	}{
		"all": {[]string{root}, []string{"aarch64: blog blog-openrc docs",
			"x86_64: blog blog-openrc docs [" + indexFile + "]"}},
		"noarch alone": {[]string{loose}, []string{"aarch64: docs", "x86_64: docs"}},
		"one named twice": {[]string{filepath.Join(root, "repo/aarch64"), filepath.Join(root, "repo/aarch64/blog-1.0-r0.apk")},
			[]string{"aarch64: blog blog-openrc"}},
		"noarch of one arch": {[]string{filepath.Join(root, "repo/aarch64/blog-openrc-1.0-r0.apk")}, []string{"aarch64: blog-openrc"}},
	} {
		found, err := Find(c.paths, false)
		if err != nil {
			t.Fatal(err)
		}
		arches, err := found.ByArch()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range arches {
			line := a.Name + ":"
			for _, p := range a.Packages {
				line += " " + p.Info.Name
			}
			if len(a.Indexes) > 0 {
				line += fmt.Sprint(" ", a.Indexes)
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Files that lie in <branch>/<repository>/<arch>/ belong to that repository, all others to the one that is given.
func TestByRepository(t *testing.T) {
	root := t.TempDir()
	for _, arch := range []string{"x86_64", "aarch64"} {
		pack(t, filepath.Join(root, "edge/testing", arch), "docs", "noarch", "docs")
	}
	pack(t, filepath.Join(root, "other/testing/x86_64"), "blog", "x86_64", "blog") // "other" is no branch
	found, err := Find([]string{root}, false)
	if err != nil {
		t.Fatal(err)
	}
	fallback := repository.Location{Branch: "v3.24", Repository: "main"}
	groups, err := found.ByRepository(fallback)
	if err != nil || len(groups) != 2 {
		t.Fatalf("%v, %v", groups, err)
	}
	if g := groups[0]; g.Location != (repository.Location{Branch: "edge", Repository: "testing"}) || len(g.Packages) != 1 ||
		!slices.Equal(g.Arches, []string{"aarch64", "x86_64"}) {
		t.Errorf("%+v", g)
	}
	if g := groups[1]; g.Location != fallback || len(g.Packages) != 1 || g.Packages[0].Info.Name != "blog" || len(g.Arches) > 0 {
		t.Errorf("%+v", g)
	}
}

// Different content under one name, a package in the wrong place, and what is no package are refused.
func TestRefused(t *testing.T) {
	root := t.TempDir()
	one := pack(t, filepath.Join(root, "one/x86_64"), "blog", "x86_64", "blog")
	pack(t, filepath.Join(root, "two/x86_64"), "blog", "x86_64", "other")
	pack(t, filepath.Join(root, "wrong/aarch64"), "blog", "x86_64", "blog")
	broken := filepath.Join(root, "broken.apk")
	if err := os.WriteFile(broken, []byte("no package"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, paths := range map[string][]string{
		"are both blog-1.0-r0.apk for x86_64, with different content: name only one of them": {one, filepath.Join(root, "two")},
		"in the directory of aarch64": {filepath.Join(root, "wrong")},
		broken + ": not a package":    {broken},
		"no .apk file in":             {t.TempDir()},
		"no such file":                {filepath.Join(root, "absent")},
	} {
		found, err := Find(paths, false)
		if err == nil {
			_, err = found.ByArch()
		}
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// What is read, and what is signed, has the digests that a second reading would find.
func TestDigests(t *testing.T) {
	key, err := apk.GenerateKey("acme.rsa")
	if err != nil {
		t.Fatal(err)
	}
	found, err := Find([]string{pack(t, t.TempDir(), "blog", "x86_64", "blog")}, true)
	if err != nil {
		t.Fatal(err)
	}
	p := found.Packages[0]
	check := func() {
		t.Helper()
		content, err := store.FileContent(p.File)
		if err != nil {
			t.Fatal(err)
		}
		want, err := store.DigestsOf(content)
		if err != nil || p.Digests != want || p.SHA256 != want.SHA256 {
			t.Errorf("%+v, want %+v, %v", p.Digests, want, err)
		}
	}
	check()
	before := p.File
	if err := p.Sign(t.Context(), t.TempDir(), []*apk.PrivateKey{key}); err != nil {
		t.Fatal(err)
	}
	if p.File == before || p.Verify(key.Public()) != nil {
		t.Errorf("%s is not signed", p.File)
	}
	check()
	if err := p.Sign(t.Context(), filepath.Join(t.TempDir(), "absent"), nil); err == nil {
		t.Error("signed into no directory")
	}
}

// A public key that lies beside the packages is found by its name.
func TestPublicKey(t *testing.T) {
	dir := t.TempDir()
	pack(t, dir, "blog", "x86_64", "blog")
	key, err := apk.GenerateKey("acme.rsa")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"acme.rsa.pub": key.Public().PEM(), "broken.rsa.pub": []byte("no key")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, err := Find([]string{dir}, false)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := found.PublicKey("acme.rsa.pub"); err != nil || k == nil || !slices.Equal(k.PEM(), key.Public().PEM()) {
		t.Errorf("%v, %v", k, err)
	}
	if k, err := found.PublicKey("other.rsa.pub"); k != nil || err != nil {
		t.Errorf("%v, %v", k, err)
	}
	if _, err := found.PublicKey("broken.rsa.pub"); err == nil {
		t.Error("a broken key is taken")
	}
}

// Packages that other tools made are refused where apk would refuse them: here a file without a checksum.
func TestFileWithoutChecksum(t *testing.T) {
	var control, data bytes.Buffer
	member := func(b *bytes.Buffer, name, text string, end bool) {
		z := gzip.NewWriter(b)
		w := tar.NewWriter(z)
		err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(text))})
		_, wrote := w.Write([]byte(text))
		if err = errors.Join(err, wrote, w.Flush()); end {
			err = errors.Join(err, w.Close())
		}
		if err = errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
	}
	member(&data, "usr/bin/tool", "#!/bin/sh\n", true)
	info := fmt.Sprintf("pkgname = tool\npkgver = 1.0-r0\narch = x86_64\ndatahash = %x\n", sha256.Sum256(data.Bytes()))
	member(&control, ".PKGINFO", info, false)
	file := filepath.Join(t.TempDir(), "tool-1.0-r0.apk")
	if err := os.WriteFile(file, append(control.Bytes(), data.Bytes()...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Find([]string{file}, false); err == nil || !strings.Contains(err.Error(), "usr/bin/tool has no checksum") {
		t.Errorf("%v", err)
	}
}
