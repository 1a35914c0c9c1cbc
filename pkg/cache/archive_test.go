package cache

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

// pack packs an archive under the key "k" and returns its file and size.
func (a Archive) pack(t *testing.T) (*os.File, int64, error) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "archive"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	err = a.Pack(t.Context(), file, "k")
	info, errStat := file.Stat()
	if errStat != nil {
		t.Fatal(errStat)
	}
	return file, info.Size(), err
}

// listing describes all that is below dir.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		name, _ := filepath.Rel(dir, path)
		text := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			text += " " + info.ModTime().UTC().Format(time.DateTime) + " " + read(t, path)
		case info.Mode()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			text = "-> " + target
		}
		found[name] = text
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

// An archive gives another machine the tools' caches of its repositories, and nothing else.
func TestArchive(t *testing.T) {
	here, there := open(t, t.TempDir()), open(t, t.TempDir())
	ours := here.Repository("ours")
	in := func(name string) string { return filepath.Join(ours.Tools(), name) }
	write(t, in("go/build/aa"), "object")
	write(t, in("npm/secretless"), strings.Repeat("text ", 1000))
	write(t, filepath.Join(here.Repository("theirs").Tools(), "go", "x"), "theirs")
	if err := ours.Keep("d", []string{write(t, filepath.Join(t.TempDir(), "a.apk"), "package")}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := errors.Join(os.Chmod(in("go/build/aa"), 0o500), os.Chtimes(in("go/build/aa"), at, at), os.Symlink("../go", in("npm/link")),
		os.Mkdir(in("empty"), 0o755)); err != nil {
		t.Fatal(err)
	}
	want := listing(t, ours.Tools())
	err := errors.Join(unix.Mkfifo(in("fifo"), 0o644), os.Symlink("/etc/passwd", in("passwd")), os.Symlink("../../..", in("out")))
	if err != nil {
		t.Fatal(err)
	}
	a := Archive{Repositories: []*Repository{ours}, Secret: []byte("key")}
	file, size, err := a.pack(t)
	if err != nil || a.Empty() {
		t.Fatal(err, a.Empty())
	}
	if size > 1000 {
		t.Errorf("%d bytes", size)
	}
	a.Repositories = []*Repository{there.Repository("ours"), there.Repository("new")}
	if !a.Empty() {
		t.Error("not empty")
	}
	if err := a.Unpack(t.Context(), file, size, "k"); err != nil || a.Empty() {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, listing(t, there.Repository("ours").Tools())); diff != "" {
		t.Error(diff)
	}
	entries, err := os.ReadDir(there.below(toolsDir))
	if err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
	if got, err := there.Repository("ours").Take("d", t.TempDir()); got != nil || err != nil {
		t.Error("kept packages:", got, err)
	}
	if err := a.Unpack(t.Context(), file, size, "k"); err == nil { // the caches are not empty
		t.Error("unpacked over what is there")
	}
}

// forged returns an archive whose code is right.
func forged(t *testing.T, a Archive, headers ...tar.Header) (*os.File, int64) {
	t.Helper()
	var body bytes.Buffer
	compressed, err := zstd.NewWriter(&body)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(compressed)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, min(h.Size, 1<<20))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Flush(), compressed.Close()); err != nil && !strings.Contains(err.Error(), "missed writing") {
		t.Fatal(err)
	}
	_ = compressed.Close()
	mac := a.mac("k")
	mac.Write(body.Bytes())
	file, err := os.Create(filepath.Join(t.TempDir(), "archive"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	text := append(headerOf(mac), body.Bytes()...)
	if _, err := file.Write(text); err != nil {
		t.Fatal(err)
	}
	return file, int64(len(text))
}

// An archive of somebody who knows the code leads nowhere out of the caches of its repositories, and has bounds.
func TestForgedArchives(t *testing.T) {
	c := open(t, t.TempDir())
	ours := c.Repository("ours")
	a := Archive{Repositories: []*Repository{ours}, Limit: 2 << 20}
	r := ours.name
	top := tar.Header{Typeflag: tar.TypeDir, Name: r + "/"}
	file := func(name string, size int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size}
	}
	link := func(name, target string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target}
	}
	outside := filepath.Join(c.dir, "outside")
	for name, tc := range map[string]struct {
		headers []tar.Header
		want    string
	}{
		"climbs":          {[]tar.Header{top, file(r+"/../../outside", 1)}, "the name"},
		"absolute":        {[]tar.Header{file("/etc/outside", 1)}, "the name"},
		"other":           {[]tar.Header{file("abcdef/x", 1)}, "another repository"},
		"kept packages":   {[]tar.Header{file("../builds/x", 1)}, "the name"},
		"the directory":   {[]tar.Header{file(r, 1)}, "no file of a cache"},
		"absolute link":   {[]tar.Header{top, link(r+"/l", "/etc")}, "no file of a cache"},
		"climbing link":   {[]tar.Header{top, link(r+"/l", "../x")}, "no file of a cache"},
		"through a link":  {[]tar.Header{top, link(r+"/l", "m"), file(r+"/l/x", 1)}, "l/x"},
		"over a link":     {[]tar.Header{top, link(r+"/l", "m"), file(r+"/l", 1)}, "exists"},
		"as a link":       {[]tar.Header{link(r, "x")}, "no file of a cache"},
		"twice":           {[]tar.Header{top, file(r+"/x", 1), file(r+"/x", 1)}, "exists"},
		"hard link":       {[]tar.Header{top, {Typeflag: tar.TypeLink, Name: r + "/h", Linkname: "/etc/passwd"}}, "no file of a cache"},
		"device":          {[]tar.Header{top, {Typeflag: tar.TypeChar, Name: r + "/null", Devmajor: 1, Devminor: 3}}, "no file of a cache"},
		"fifo":            {[]tar.Header{top, {Typeflag: tar.TypeFifo, Name: r + "/f"}}, "no file of a cache"},
		"large":           {[]tar.Header{top, file(r+"/x", 1<<20), file(r+"/y", 1<<20), file(r+"/z", 1)}, "more than 2 MiB"},
		"claimed large":   {[]tar.Header{top, file(r+"/x", 1<<40)}, "more than 2 MiB"},
		"deep":            {[]tar.Header{top, file(r+strings.Repeat("/d", 300), 1)}, "the name"},
		"long":            {[]tar.Header{top, file(r+"/"+strings.Repeat("n", 5000), 1)}, "the name"},
		"without parents": {[]tar.Header{file(r+"/a/b", 1)}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			packed, size := forged(t, a, tc.headers...)
			err := a.Unpack(t.Context(), packed, size, "k")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %s", err, tc.want)
			}
			if left := listing(t, c.below(toolsDir)); len(left) != 1 {
				t.Errorf("left: %v", left)
			}
			if _, err := os.Lstat(outside); err == nil {
				t.Error("it has written outside")
			}
		})
	}
	if packed, size := forged(t, a, top, tar.Header{Typeflag: tar.TypeReg, Name: r + "/x", Mode: 0o6755, Size: 3,
		ModTime: time.Now().AddDate(9, 0, 0)}); a.Unpack(t.Context(), packed, size, "k") != nil {
		t.Error("a harmless one is refused")
	}
	info, err := os.Stat(filepath.Join(ours.Tools(), "x"))
	if err != nil || info.Mode() != 0o755 || info.ModTime().After(time.Now()) {
		t.Error(info.Mode(), info.ModTime(), err)
	}
}

// What was changed, or was saved with another signing key or under another key, is not unpacked.
func TestForeignArchives(t *testing.T) {
	c := open(t, t.TempDir())
	write(t, filepath.Join(c.Repository("ours").Tools(), "x"), "x")
	a := Archive{Repositories: []*Repository{c.Repository("ours")}, Secret: []byte("key")}
	there := open(t, t.TempDir())
	unpack := func(a Archive, file *os.File, size int64, key string) error {
		a.Repositories = []*Repository{there.Repository("ours")}
		return a.Unpack(t.Context(), file, size, key)
	}
	file, size, err := a.pack(t)
	if err != nil {
		t.Fatal(err)
	}
	other := Archive{Secret: []byte("guessed")}
	if err := errors.Join(unpack(other, file, size, "k"), unpack(Archive{}, file, size, "k")); !errors.Is(err, ErrArchive) {
		t.Error("another signing key:", err)
	}
	for name, failed := range map[string]error{
		"another key": unpack(a, file, size, "l"), "truncated": unpack(a, file, size-1, "k"), "empty": unpack(a, file, 0, "k"),
		"header alone": unpack(a, file, int64(archiveHeader), "k"),
	} {
		if !errors.Is(failed, ErrArchive) {
			t.Errorf("%s: %v", name, failed)
		}
	}
	for _, place := range []int64{0, int64(len(archiveMagic)), int64(archiveHeader) + 4, size - 1} {
		changed, size, err := a.pack(t)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1)
		if _, err := changed.ReadAt(b, place); err != nil {
			t.Fatal(err)
		}
		b[0] ^= 1
		if _, err := changed.WriteAt(b, place); err != nil {
			t.Fatal(err)
		}
		if err := unpack(a, changed, size, "k"); !errors.Is(err, ErrArchive) {
			t.Errorf("byte %d: %v", place, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Unpack(ctx, file, size, "k"); !errors.Is(err, context.Canceled) {
		t.Error("cancelled:", err)
	}
}

// Caches with a secret, or with more bytes than allowed, are not packed.
func TestArchiveWithholds(t *testing.T) {
	c := open(t, t.TempDir())
	ours := c.Repository("ours")
	write(t, filepath.Join(ours.Tools(), "go", "big"), strings.Repeat("x", 3<<20))
	a := Archive{Repositories: []*Repository{ours}, Withheld: []string{"npm_t0ken/with+signs"}}
	if _, _, err := a.pack(t); err != nil {
		t.Error(err)
	}
	a.Limit = 2 << 20
	if _, _, err := a.pack(t); err == nil || !strings.Contains(err.Error(), "more than 2 MiB") {
		t.Error(err)
	}
	a.Limit = 0
	for _, form := range []string{
		"_authToken=npm_t0ken/with+signs", "https://u:npm_t0ken%2Fwith%2Bsigns@host/",
		"Basic " + base64.StdEncoding.EncodeToString([]byte("user:npm_t0ken/with+signs")),
	} {
		write(t, filepath.Join(ours.Tools(), "npm", "rc"), "line\n"+form+"\n")
		if _, _, err := a.pack(t); !errors.Is(err, ErrWithheld) || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%s: %v", form, err)
		}
	}
}
