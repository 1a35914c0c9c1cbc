package goldentest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
)

// Compare holds packages to those that abuild made: which there are, and of each .PKGINFO, the entry
// of the index, every file, and what matters of compiled ones.
func (c Case) Compare(t *testing.T, files []string) {
	t.Helper()
	var want, got []string
	for line := range strings.FieldsSeq(c.read(t, "expected/packages")) {
		want = append(want, filepath.Base(line))
	}
	for _, f := range files {
		got = append(got, filepath.Base(f))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("packages (-abuild +ours):\n%s", diff)
	}
	for _, f := range files {
		name := "expected/" + strings.TrimSuffix(filepath.Base(f), ".apk")
		for _, part := range []struct {
			what      string
			want, got any
		}{
			{".PKGINFO", c.info(c.read(t, name+".PKGINFO")), c.info(pkginfo(t, f))},
			{"index entry", c.stanza(c.read(t, name+".index")), c.stanza(stanza(t, f))},
			{"files", c.wantFiles(t, name+".files"), c.gotFiles(t, f)},
			{"compiled files", c.wantBinaries(t, name+".elf"), gotBinaries(t, f, c.has(name+".elf"))},
		} {
			if diff := cmp.Diff(part.want, part.got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s %s (-abuild +ours):\n%s", filepath.Base(f), part.what, diff)
			}
		}
	}
}

// pkginfo returns the text of .PKGINFO.
func pkginfo(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("tar", "-xzOf", file, ".PKGINFO").Output() // tar warns of keywords that it does not know
	if len(out) == 0 {
		t.Fatal(err)
	}
	return string(out)
}

// key signs the indexes that nobody keeps.
var key = sync.OnceValues(func() (*apk.PrivateKey, error) { return apk.GenerateKey("golden") })

// stanza returns the package's entry in the text of an index that holds it alone.
func stanza(t *testing.T, file string) string {
	t.Helper()
	p, err := apk.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var x index.Index
	x.Put(index.EntryOf(p, p.Info.Arch))
	signer, err := key()
	if err != nil {
		t.Fatal(err)
	}
	var written bytes.Buffer
	if err := x.Write(&written, signer); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&written)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(z)
	for {
		h, err := archive.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "APKINDEX" {
			text, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
}

// info returns the lines of .PKGINFO that two builders must agree on, by key: apk reads the fields of one
// key in their order and does not see how keys are mixed.
func (c Case) info(text string) []string {
	lines := c.lines(text, "#", "datahash", "size")
	slices.SortStableFunc(lines, func(a, b string) int {
		keyA, _, _ := strings.Cut(a, " =")
		keyB, _, _ := strings.Cut(b, " =")
		return strings.Compare(keyA, keyB)
	})
	return lines
}

// stanza returns the lines of an index entry without its hash and size, which follow the compressor.
func (c Case) stanza(text string) []string { return c.lines(text, "C:", "S:", "I:") }

// lines returns the lines that begin with none of the words; the last, the installed size, counts
// where nothing was compiled.
func (c Case) lines(text string, volatile ...string) []string {
	if !c.compiled {
		volatile = volatile[:len(volatile)-1]
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(line string) bool {
		return line == "" || slices.ContainsFunc(volatile, func(word string) bool { return strings.HasPrefix(line, word) })
	})
}
