package instellar

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/store"
)

func archiveOf(t *testing.T, files map[string]string) (*Archive, error) {
	t.Helper()
	var all []*measured
	for name, text := range files {
		arch, base, _ := strings.Cut(name, "/")
		m, err := measure(File{Arch: arch, Name: base, Content: store.BytesContent([]byte(text))})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return newArchive(all)
}

func readAll(t *testing.T, c store.Content) []byte {
	t.Helper()
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return text
}

var sample = map[string]string{
	"x86_64/APKINDEX.tar.gz": "index", "x86_64/hello-1.0_rc1-r0.apk": strings.Repeat("package ", 10_000),
	"aarch64/APKINDEX.tar.gz": "another", "aarch64/hello-1.0_rc1-r0.apk": rand.Text(), "aarch64/empty-1.0-r0.apk": "",
}

// The archive reads the same however it is read, and has the length and the digests that it said before.
func TestArchiveReads(t *testing.T) {
	a, err := archiveOf(t, sample)
	if err != nil {
		t.Fatal(err)
	}
	whole := readAll(t, a)
	if int64(len(whole)) != a.Size() {
		t.Errorf("%d bytes, %d were promised", len(whole), a.Size())
	}
	digests, err := store.DigestsOf(store.BytesContent(whole))
	if err != nil || digests != a.Digests() {
		t.Errorf("%v, %+v; promised %+v", err, digests, a.Digests())
	}
	r, err := a.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, whole); err != nil { // seeks, too
		t.Error(err)
	}
	again, err := archiveOf(t, sample)
	if err != nil || !bytes.Equal(whole, readAll(t, again)) {
		t.Errorf("the same files gave another archive, %v", err)
	}
}

// Programs that share nothing with this one unpack it.
func TestArchiveUnpacks(t *testing.T) {
	a, err := archiveOf(t, sample)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "packages.zip")
	if err := os.WriteFile(file, readAll(t, a), 0o644); err != nil {
		t.Fatal(err)
	}
	for program, args := range map[string][]string{
		"unzip":   {"-q", file},
		"busybox": {"unzip", "-q", file},
		"python3": {"-c", "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall()", file},
		"bsdtar":  {"-xf", file},
		"jar":     {"xf", file},
	} {
		t.Run(program, func(t *testing.T) {
			if _, err := exec.LookPath(program); err != nil {
				t.Skip(program + " is not installed")
			}
			dir := t.TempDir()
			cmd := exec.Command(program, args...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Fatalf("%v\n%s", err, out)
			}
			got := map[string]string{}
			for name := range sample {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				got[name] = string(text)
			}
			if diff := cmp.Diff(sample, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// huge is a content that says how large it is, and is not read.
type huge struct {
	store.Content
	size int64
}

func (h huge) Size() int64 { return h.size }

func TestArchiveLimits(t *testing.T) {
	file := func(name string, size int64) *measured {
		f := File{Arch: "x86_64", Name: name, Content: huge{size: size}}
		return &measured{File: f, Content: f.Content}
	}
	if _, err := newArchive([]*measured{file("a", 3<<30), file("b", 2<<30)}); err == nil || !strings.Contains(err.Error(), "4 GiB") {
		t.Errorf("5 GiB: %v", err)
	}
	if _, err := newArchive([]*measured{file("a", 1), file("a", 1)}); err == nil ||
		!strings.Contains(err.Error(), "two files are x86_64/a") {
		t.Errorf("the same name twice: %v", err)
	}
	many := make([]*measured, 65535)
	for i := range many {
		many[i] = file("a", 0)
	}
	if _, err := newArchive(many); err == nil || !strings.Contains(err.Error(), "65535 files") {
		t.Errorf("65,535 files: %v", err)
	}
}

// A file that changes between the check and the upload is not delivered.
func TestArchiveChangedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.apk")
	if err := os.WriteFile(path, []byte("checked"), 0o644); err != nil {
		t.Fatal(err)
	}
	content, err := store.FileContent(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := measure(File{Arch: "x86_64", Name: "a.apk", Content: content, SHA256: "00"}); err == nil {
		t.Error("other bytes than were checked are taken")
	}
	m, err := measure(File{Arch: "x86_64", Name: "a.apk", Content: content})
	if err != nil {
		t.Fatal(err)
	}
	a, err := newArchive([]*measured{m})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("cut"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := a.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err == nil {
		t.Error("a file that has become shorter is read as if nothing were missing")
	}
}
