package apk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReadGivesWhatCreateGot(t *testing.T) {
	info := Info{
		Name: "blog", Version: "1.2.3_rc1-r7", Description: "A = b, grüße", URL: "https://example.org/?a = b",
		BuildDate: 1700000000, Packager: "Ada <ada@example.org>", Maintainer: "Bob <bob@example.org>", Size: 3,
		Arch: "x86_64", Origin: "blog-source", Commit: strings.Repeat("a", 40), License: "MIT OR Apache-2.0",
		Depends:  []string{"/bin/sh", "!other", "so:libc.musl-x86_64.so.1", "py3>=3.12"},
		Provides: []string{"cmd:blog=1.2.3_rc1-r7", "virtual"},
		Replaces: []string{"old<2"}, ReplacesPriority: 3, ProviderPriority: 20, InstallIf: []string{"openrc", "blog"},
		Triggers: []string{"/usr/share/a", "/usr/share/b/*"}, Generator: "pakman 1.0",
	}
	scripts := []Script{{Name: ".pre-install", Body: []byte("#!/bin/sh\n")}, {Name: ".trigger", Body: []byte("#!/bin/sh\ntrue\n")}}
	path := create(t, info, scripts, Tree{Root: writeTree(t, map[string]string{"srv/a": "123"})})
	pkg, err := ReadFile(path)
	must(t, err)

	content := readFile(t, path)
	sum := sha256.Sum256(content)
	data := sha256.Sum256(content[pkg.ControlSize:])
	info.DataHash = hex.EncodeToString(data[:])
	want := &Package{Info: info, Scripts: scripts, FileSize: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
		Checksum: pkg.Checksum, ControlSize: pkg.ControlSize}
	if diff := cmp.Diff(want, pkg, cmpopts.IgnoreUnexported(Package{})); diff != "" {
		t.Errorf("package (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(pkg.Checksum, "Q1") || len(pkg.Checksum) != 30 {
		t.Errorf("checksum %q is not Q1 and 20 bytes in base64", pkg.Checksum)
	}
	if got := info.Filename(); got != "blog-1.2.3_rc1-r7.apk" {
		t.Errorf("file name %q", got)
	}
}

// member is a gzip member with a tar of names and contents.
func tarMember(t *testing.T, end bool, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range files {
		must(t, w.WriteHeader(&tar.Header{Name: f[0], Typeflag: tar.TypeReg, Size: int64(len(f[1])), Mode: 0o644}))
		_, err := io.WriteString(w, f[1])
		must(t, err)
	}
	must(t, w.Flush())
	if end {
		must(t, w.Close())
	}
	must(t, z.Close())
	return b.Bytes()
}

// build joins members into a package whose data hash is right.
func build(t *testing.T, pkginfo string, data []byte, more ...[2]string) []byte {
	t.Helper()
	sum := sha256.Sum256(data)
	pkginfo = strings.ReplaceAll(pkginfo, "HASH", hex.EncodeToString(sum[:]))
	return append(tarMember(t, false, append([][2]string{{".PKGINFO", pkginfo}}, more...)...), data...)
}

const minimal = "pkgname = a\npkgver = 1-r0\narch = noarch\ndatahash = HASH\n"

func TestReadForeignPackages(t *testing.T) {
	data := tarMember(t, true, [2]string{"srv/a", "x"})
	content := build(t, minimal+"unknown = x\nno key here\ndepend = b c>1\n", data, [2]string{".melange.yaml", "x"},
		[2]string{".post-install", "y"})
	old := append(tarMember(t, false, [2]string{".SIGN.RSA.dev@example.org-5c0ffee.rsa.pub", "signature"}), content...)
	pkg, err := Read(bytes.NewReader(old))
	must(t, err)
	if diff := cmp.Diff([]string{"b", "c>1"}, pkg.Info.Depends); diff != "" {
		t.Errorf("depends (-want +got):\n%s", diff)
	}
	if len(pkg.Scripts) != 1 || pkg.Scripts[0].Name != ".post-install" {
		t.Errorf("scripts %v, want .post-install alone", pkg.Scripts)
	}
	if s := pkg.Signatures; len(s) != 1 || s[0].Hash != "RSA" || s[0].KeyName != "dev@example.org-5c0ffee.rsa.pub" {
		t.Errorf("signatures %v", s)
	}
}

func TestReadRefuses(t *testing.T) {
	data := tarMember(t, true, [2]string{"srv/a", "x"})
	good := build(t, minimal, data)
	bomb := tarMember(t, true, [2]string{".PKGINFO", strings.Repeat("#", maxControl+1)})
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":            {nil, "not a package"},
		"not gzip":         {[]byte("hello"), "not a package"},
		"apk 3's format":   {[]byte("ADBd\x02\x00rest"), "apk 3's own format (ADB), which PAKman does not publish"},
		"cut control":      {good[:20], "not a package"},
		"no data":          {good[:len(good)-len(data)], "damaged"},
		"cut data":         {good[:len(good)-1], "damaged"},
		"more data":        {append(bytes.Clone(good), 0), "damaged"},
		"no datahash":      {build(t, "pkgname = a\npkgver = 1\narch = x86\n", data), "damaged"},
		"no .PKGINFO":      {append(tarMember(t, false, [2]string{".x", ""}), data...), ".PKGINFO is missing"},
		"two .PKGINFO":     {build(t, minimal, data, [2]string{".PKGINFO", minimal}), "two .PKGINFO"},
		"no name":          {build(t, "pkgver = 1\n", data), "name is empty"},
		"path as name":     {build(t, "pkgname = ../../etc\npkgver = 1\n", data), "package name"},
		"path as version":  {build(t, "pkgname = a\npkgver = 1/../..\n", data), "'/'"},
		"no version":       {build(t, "pkgname = a\n", data), "version is missing"},
		"path as arch":     {build(t, "pkgname = a\npkgver = 1\narch = ../x\n", data), "no architecture"},
		"size":             {build(t, "pkgname = a\npkgver = 1\nsize = -1\n", data), "line 3: size"},
		"huge size":        {build(t, "pkgname = a\npkgver = 1\nsize = 99999999999999999999\n", data), "size"},
		"date":             {build(t, "builddate = x\n", data), "builddate"},
		"priority":         {build(t, "provider_priority = 4294967296\n", data), "provider_priority"},
		"replaces":         {build(t, "replaces_priority = x\n", data), "replaces_priority"},
		"only signatures":  {tarMember(t, false, [2]string{".SIGN.RSA.a", "x"}), "control"},
		"signature name":   {tarMember(t, false, [2]string{".SIGN.RSA", "x"}), "does not belong"},
		"among signatures": {tarMember(t, false, [2]string{".SIGN.RSA.a", "x"}, [2]string{"b", ""}), "does not belong"},
		"bomb":             {bomb, "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.content))
			wantError(t, err, c.want)
		})
	}
	path := filepath.Join(t.TempDir(), "bad.apk")
	must(t, os.WriteFile(path, []byte("bad"), 0o644))
	_, err := ReadFile(path)
	wantError(t, err, path, "not a package")
	_, err = ReadFile(path + "x")
	wantError(t, err, path+"x")
	wantError(t, VerifyFile(path), path)
}

func TestFilesStops(t *testing.T) {
	content := build(t, minimal, tarMember(t, true, [2]string{"srv/a", "x"}, [2]string{"srv/b", "y"}))
	stop := errors.New("stop")
	n := 0
	_, err := Files(bytes.NewReader(content), func(*tar.Header, io.Reader) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("error %v after %d entries, want the callback's after 1", err, n)
	}
	ignore := func(*tar.Header, io.Reader) error { return nil }
	_, err = Files(strings.NewReader("x"), ignore)
	wantError(t, err, "not a package")
	_, err = Files(bytes.NewReader(build(t, minimal, []byte("not gzip, but hashed"))), ignore)
	wantError(t, err, "data", "gzip")
	_, err = Files(bytes.NewReader(content[:len(content)-9]), ignore)
	wantError(t, err, "data")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(bytes.Repeat([]byte("not tar"), 512))
	must(t, err)
	must(t, z.Close())
	_, err = Files(bytes.NewReader(build(t, minimal, b.Bytes())), ignore)
	wantError(t, err, "data", "tar")
}

// FuzzInfo proves that no value can become a line of its own: what encode takes comes back the same.
func FuzzInfo(f *testing.F) {
	f.Add("text", "word")
	f.Add("a\nsize = 1", "a b")
	f.Add("a = b # c", "so:x=1")
	f.Add("\x00\r\v\u0085\u2028", "")
	f.Add(" leading and trailing ", "\xff")
	f.Fuzz(func(t *testing.T, text, word string) {
		info := testInfo()
		info.Description, info.URL, info.License, info.Commit, info.Origin = text, text, text, text, text
		info.Depends, info.Provides, info.Replaces = []string{word}, []string{word, word}, []string{word}
		info.InstallIf = []string{"a", word}
		encoded, err := info.encode()
		if err != nil {
			return
		}
		got, err := parseInfo(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(info, got); diff != "" {
			t.Errorf("(-in +out):\n%s", diff)
		}
	})
}

// apk extracts no file without a checksum, which packages of others may lack.
func TestCheckFileChecksums(t *testing.T) {
	foreign := build(t, minimal, tarMember(t, true, [2]string{"srv/a", "x"}))
	wantError(t, checkFileChecksums(bytes.NewReader(foreign)), "srv/a has no checksum")
	path := filepath.Join(t.TempDir(), "a.apk")
	if _, err := Create(t.Context(), path, Info{Name: "a", Version: "1-r0", Arch: "noarch", License: "MIT"}, nil,
		Tree{Root: "testdata"}); err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkFileChecksums(bytes.NewReader(own)); err != nil {
		t.Errorf("an own package: %v", err)
	}
}

// Check tells of a file without a checksum and of a dependency that apk calls broken, although everything can be read.
func TestCheckTellsWhatApkRefuses(t *testing.T) {
	text := minimal + "depend = b>=1.0-beta\n"
	_, faults := Check(bytes.NewReader(build(t, text, tarMember(t, true, [2]string{"srv/a", "x"}))))
	if len(faults) != 2 {
		t.Fatalf("faults: %v", faults)
	}
	wantError(t, faults[0], "srv/a has no checksum")
	wantError(t, faults[1], `.PKGINFO: dependency "b>=1.0-beta": version "1.0-beta"`)
	_, faults = Check(bytes.NewReader(build(t, minimal+"provides = api=1.0-beta\n", tarMember(t, true))))
	if len(faults) != 1 {
		t.Fatalf("faults: %v", faults)
	}
	wantError(t, faults[0], `.PKGINFO: provides: dependency "api=1.0-beta": version "1.0-beta"`)
}

func TestCheckDependency(t *testing.T) {
	for _, word := range []string{"foo", "!foo", "foo>=1.0", "foo=1.2.3-r0", "foo~1.2", "foo=~1", "foo><Q1abc=", "so:libc.so.6",
		"/bin/sh", "foo@edge", "foo=1@edge", "pc:zlib>=1.2.3"} {
		if err := CheckDependency(word); err != nil {
			t.Errorf("%s: %v", word, err)
		}
	}
	for _, word := range []string{"", "!", ">=1", "foo>=", "foo=", "foo>=1.x", "foo=1.0-beta", "!foo=1.x", "foo=1:2", "foo>=v1",
		"foo=1.0=2", "foo~1.2."} {
		if CheckDependency(word) == nil {
			t.Errorf("%q is taken for a dependency", word)
		}
	}
}
