package index

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/adb"
)

// realAPK skips the test where no apk of at least that version is on PATH.
func realAPK(t *testing.T, version string) string {
	t.Helper()
	program, err := exec.LookPath("apk")
	if err != nil {
		t.Skip("apk is not on PATH")
	}
	if out := run(t, program, "--version"); out < "apk-tools "+version {
		t.Skipf("needs apk %s, and here is %s", version, out)
	}
	return program
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, &stdout, &stderr)
	}
	return stdout.String()
}

// realPackages makes packages that differ in every field that an index has, signed by key A, and the index of them.
func realPackages(t *testing.T, dir string) ([]string, *Index) {
	t.Helper()
	infos := []apk.Info{
		{Name: "plain", Version: "1.0-r0", Arch: "x86_64"},
		{Name: "plain", Version: "1.10-r0", Arch: "x86_64", Description: "Versions are not in the order of their letters"},
		{Name: "plain", Version: "1.9_rc2-r3", Arch: "x86_64", NoCommit: true, BuildDate: 1},
		{
			Name: "full", Version: "2.0-r5", Arch: "noarch", Description: `All of it: <&> "quoted", 'and' ünïcode`,
			URL:     "https://example.org/?a=1&b=2#c",
			License: "MIT AND (Apache-2.0 OR 0BSD)", Origin: "fuller", Maintainer: "Ada Example <ada@example.org>", Packager: "nobody",
			Commit: "6f6bd93bdfce834cedb692d8d844e89dd3073758-dirty", BuildDate: 1<<31 + 5, ProviderPriority: 20, ReplacesPriority: 3,
			Depends: []string{"zlib", "!courier=<2", "busybox>=1.30", "!legacy", "python3=~3", "so:libc.musl-x86_64.so.1", "zlib",
				"zlib>1", "zlib<9", "/bin/sh"},
			Provides:  []string{"cmd:full=2.0-r5", "virtual", "mail=2"},
			Replaces:  []string{"plain<2", "courier"},
			InstallIf: []string{"plain=1.0-r0", "docs"},
		},
		{Name: "short-commit", Version: "1-r0", Arch: "x86_64", Commit: "abc", Depends: []string{"plain"},
			Provides: []string{"pc:short=1"}},
		{Name: "long", Version: "1-r0", Arch: "x86_64", Description: strings.Repeat("long ", 60), Origin: "plain"},
	}
	x := &Index{Description: "main v3.24"}
	var files []string
	for i, info := range infos {
		root := filepath.Join(t.TempDir(), "root")
		must(t, os.MkdirAll(filepath.Join(root, "usr/share", info.Name), 0o755))
		must(t, os.WriteFile(filepath.Join(root, "usr/share", info.Name, "file"), bytes.Repeat([]byte{byte('a' + i)}, 1000*i), 0o644))
		info.Size = int64(1000 * i)
		file := filepath.Join(dir, info.Filename())
		_, err := apk.Create(context.Background(), file, info, nil, apk.Tree{Root: root})
		must(t, err)
		must(t, apk.SignFile(context.Background(), file, file, keyA()))
		p, err := apk.ReadFile(file)
		must(t, err)
		files = append(files, file)
		x.Put(EntryOf(p, "x86_64"))
	}
	return files, x
}

func keysDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "acme-a.rsa.pub"), keyA().Public().PEM(), 0o644))
	return dir
}

// TestSameAsApkIndex: byte for byte, for every field.
func TestSameAsApkIndex(t *testing.T) {
	program := realAPK(t, "2")
	dir := t.TempDir()
	files, x := realPackages(t, dir)
	out := filepath.Join(dir, "APKINDEX.tar.gz")
	run(t, program, append([]string{"index", "--keys-dir", keysDir(t), "--rewrite-arch", "x86_64", "-d", "main v3.24", "-o", out},
		files...)...)
	theirs, err := os.ReadFile(out)
	must(t, err)
	want, _ := unwrap(t, theirs)
	got, _ := unwrap(t, write(t, x, keyA()))
	if out := run(t, program, "--version"); out > "apk-tools 3" { // which leaves out a commit that is empty
		got = strings.ReplaceAll(got, "\nc:\n", "\n")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("APKINDEX (-apk +ours):\n%s", diff)
	}
	y, err := Read(bytes.NewReader(theirs))
	must(t, err)
	if again, _ := unwrap(t, write(t, y, keyA())); again != want {
		t.Errorf("apk's index changes when it is read and written (-apk +ours):\n%s", cmp.Diff(want, again))
	}
}

// TestSameAsApkMkndx: the values are laid down byte for byte as apk 3 does it, and it takes the signature for its own.
func TestSameAsApkMkndx(t *testing.T) {
	program := realAPK(t, "3")
	dir := t.TempDir()
	_, x := realPackages(t, dir)
	var files []string // in the order of the index, where apk takes them as they come
	for _, e := range x.Entries {
		files = append(files, filepath.Join(dir, e.Filename()))
	}
	secret := filepath.Join(dir, "acme-a.rsa")
	must(t, os.WriteFile(secret, keyA().PEM(), 0o600))
	out := filepath.Join(dir, "Packages.adb")
	run(t, program, append([]string{"mkndx", "--keys-dir", keysDir(t), "--sign-key", secret, "-d", "main v3.24",
		"--pkgname-spec", "x86_64/${name}-${version}.apk", "-o", out}, files...)...)
	theirs, err := os.ReadFile(out)
	must(t, err)
	read, err := adb.Read(bytes.NewReader(theirs), adb.Index, 1<<20, keyA().Public())
	must(t, err)
	want := read.Block
	got, err := x.ADB("x86_64")
	must(t, err)
	if diff := cmp.Diff(dump(want), dump(got)); diff != "" {
		t.Errorf("Packages.adb (-apk +ours):\n%s", diff)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("the same text, but other bytes: %d of apk's, %d of ours", len(want), len(got))
	}
	ours := filepath.Join(dir, "ours.adb")
	var file bytes.Buffer
	must(t, adb.Write(&file, adb.Index, got, keyB(), keyA()))
	must(t, os.WriteFile(ours, file.Bytes(), 0o644))
	if a, b := body(run(t, program, "adbdump", out)), body(run(t, program, "adbdump", ours)); a != b {
		t.Errorf("apk adbdump (-apk +ours):\n%s", cmp.Diff(a, b))
	}
	run(t, program, "verify", "--keys-dir", keysDir(t), ours)
}

// body is a dump without the lines about signatures.
func body(dump string) string {
	text, _, _ := strings.Cut(dump, "\n# sig ")
	return text
}

// TestApkReadsIt lets a real apk take the index as its only repository.
func TestApkReadsIt(t *testing.T) {
	program := realAPK(t, "2")
	arch := apk.HostArch()
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, arch), 0o755))
	x := &Index{Entries: []Entry{{Info: apk.Info{Name: "blog", Version: "1.2-r3", Arch: arch, Size: 1},
		Checksum: "Q1NwY90LskGNBxPuTtAnpCWdsivNk=", FileSize: 1}}}
	must(t, os.WriteFile(filepath.Join(dir, arch, "APKINDEX.tar.gz"), write(t, x, keyA()), 0o644))
	root := t.TempDir()
	run(t, program, "add", "--root", root, "--initdb", "--repositories-file", os.DevNull)
	out := run(t, program, "--root", root, "--keys-dir", keysDir(t), "--repositories-file", os.DevNull, "-X", dir, "--no-cache", "search",
		"blog")
	if !strings.Contains(out, "blog-1.2-r3") {
		t.Errorf("apk search: %s", out)
	}
}
