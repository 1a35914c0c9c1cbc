package install

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
)

// TestExamples installs every example from the repository that building it leaves, knowing
// nothing but the repository's URL and public key, and then its next version.
func TestExamples(t *testing.T) {
	support := standIns(t)
	_, key := newKey(t, "acme-examples.rsa")
	for _, example := range examples {
		t.Run(example, func(t *testing.T) {
			output := t.TempDir()
			b := buildExample(t, example, output, key, "1.0.0")
			served := serveBuilt(t, output, b)
			first := mustInstall(t, []repository{served, support}, b.names()...)
			checkInstalled(t, first, example, "1.0.0-r0")

			b = buildExample(t, example, output, key, "1.1.0")
			second := mustInstall(t, []repository{served, support}, b.names()...)
			checkInstalled(t, second, example, "1.1.0-r0")
			pinned := mustInstall(t, []repository{served, support}, example+"=1.0.0-r0")
			checkInstalled(t, pinned, example, "1.0.0-r0")
		})
	}
}

// checkInstalled compares the root with what the example promises.
func checkInstalled(t *testing.T, s *system, example, version string) {
	t.Helper()
	p := s.packages[example]
	if p == nil {
		t.Fatalf("%s is not installed", example)
	}
	if p.Version != version {
		t.Errorf("version %s is installed, want %s", p.Version, version)
	}
	var files []string
	for name := range s.packages {
		if strings.HasPrefix(name, example) {
			files = append(files, s.files(name)...)
		}
	}
	for _, want := range promised[example] {
		if !slices.Contains(files, want) {
			t.Errorf("%q is not among the installed files:\n%s", want, strings.Join(files, "\n"))
		}
	}
}

// promised lists files by mode, owner and path.
var promised = map[string][]string{}

// TestTamperedPackage changes one byte of a package that a signed index lists.
func TestTamperedPackage(t *testing.T) {
	_, key := newKey(t, "acme-site.rsa")
	output := t.TempDir()
	b := buildExample(t, "static-site", output, key, "1.0.0")
	served, support := serveBuilt(t, output, b), standIns(t)

	for member, name := range map[int]string{1: "control", 2: "data"} {
		t.Run(name, func(t *testing.T) {
			damaged := copyRepository(t, served)
			path := damaged.packageFile(t, "static-site")
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			ends := memberEnds(t, content)
			content[(ends[member-1]+ends[member])/2] ^= 0x01
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			if s, err := install(t.Context(), []repository{damaged, support}, "static-site"); err == nil {
				t.Errorf("the changed package was installed:\n%s", strings.Join(s.files("static-site"), "\n"))
			}
		})
	}
}

// memberEnds gives where the gzip members of a package end: signature, control, data.
func memberEnds(t *testing.T, content []byte) []int {
	t.Helper()
	var ends []int
	reader := bytes.NewReader(content) // a ByteReader: gzip reads no byte more than a member has
	for reader.Len() > 0 {
		member, err := gzip.NewReader(reader)
		if err != nil {
			t.Fatal(err)
		}
		member.Multistream(false)
		if _, err := io.Copy(io.Discard, member); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, len(content)-reader.Len())
	}
	if len(ends) != 3 {
		t.Fatalf("the package has %d members", len(ends))
	}
	return ends
}

// TestForeignIndex signs the index with a key that the client does not have, under the name of
// the one that it has, and under its own.
func TestForeignIndex(t *testing.T) {
	_, key := newKey(t, "acme-site.rsa")
	output := t.TempDir()
	b := buildExample(t, "static-site", output, key, "1.0.0")
	served, support := serveBuilt(t, output, b), standIns(t)

	for _, name := range []string{"acme-site.rsa", "mallory.rsa"} {
		t.Run(name, func(t *testing.T) {
			foreign := copyRepository(t, served)
			mallory, _ := newKey(t, name)
			dir := filepath.Join(foreign.dir, apk.HostArch())
			writeIndex(t, dir, readIndex(t, dir), mallory)
			_, err := install(t.Context(), []repository{foreign, support}, "static-site")
			if err == nil {
				t.Fatal("an index signed by a foreign key was accepted")
			}
			if !strings.Contains(err.Error(), "signature") && !strings.Contains(err.Error(), "verif") {
				t.Errorf("refused, but not for its signature: %v", err)
			}
		})
	}
	t.Run("no key", func(t *testing.T) {
		keyless := served
		keyless.key = nil
		if _, err := install(t.Context(), []repository{keyless, support}, "static-site"); err == nil {
			t.Error("the repository was accepted by a client that does not have its key")
		}
	})
}

func readIndex(t *testing.T, dir string) *index.Index {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "APKINDEX.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}()
	idx, err := index.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return idx
}
