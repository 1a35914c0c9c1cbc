package install

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
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
			checkInstalled(t, first, served, example, "1.0.0-r0")

			b = buildExample(t, example, output, key, "1.1.0")
			second := mustInstall(t, []repository{served, support}, b.names()...)
			checkInstalled(t, second, served, example, "1.1.0-r0")
			pinned := mustInstall(t, []repository{served, support}, example+"=1.0.0-r0")
			if got := pinned.packages[example].Version; got != "1.0.0-r0" {
				t.Errorf("version %s is installed, the older one was asked for", got)
			}
		})
	}
}

// checkInstalled compares the root with what the example promises.
func checkInstalled(t *testing.T, s *system, from repository, example, version string) {
	t.Helper()
	p := s.packages[example]
	if p == nil {
		t.Fatalf("%s is not installed", example)
	}
	if p.Version != version {
		t.Errorf("version %s is installed, want %s", p.Version, version)
	}
	owner := from.owners(t, version)
	for _, want := range promised[example].files {
		_, path, _ := strings.Cut(want[len("0644 "):], " ")
		mode, ok := s.mode(path)
		if !ok {
			t.Errorf("%s is not installed", path)
			continue
		}
		if got := fmt.Sprintf("%04o %s %s", mode, owner[path], path); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
	for _, kind := range promised[example].scripts {
		found := slices.ContainsFunc(slices.Collect(maps.Keys(s.scripts)), func(name string) bool {
			return strings.HasPrefix(name, example+"-"+version+".") && strings.HasSuffix(name, kind)
		})
		if !found {
			t.Errorf("no script %s in the database: %v", kind, slices.Sorted(maps.Keys(s.scripts)))
		}
	}
}

// promised is what an example installs: files by mode, owner and path, and scripts by kind.
var promised = map[string]struct{ files, scripts []string }{
	"go-service": {
		files: []string{
			"0755 root:root etc/init.d/go-service",
			"0644 root:root etc/conf.d/go-service",
			"0755 root:go-service var/lib/go-service/bin/go-service",
		},
		scripts: []string{".pre-install", ".pre-upgrade", ".post-upgrade", ".pre-deinstall"},
	},
	"node-service": {
		files: []string{
			"0755 root:root etc/init.d/node-service",
			"0644 root:node-service var/lib/node-service/server.js",
			"0644 root:node-service var/lib/node-service/src/handler.js",
		},
		scripts: []string{".pre-install", ".pre-upgrade", ".post-upgrade", ".pre-deinstall"},
	},
	"static-site": {
		files: []string{
			"0755 root:root etc/init.d/static-site",
			"0644 root:root etc/static-site/nginx.conf",
			"0755 root:root usr/libexec/static-site/serve",
			"0755 root:static-site var/lib/static-site/dist",
			"0644 root:static-site var/lib/static-site/dist/index.html",
		},
		scripts: []string{".pre-install", ".pre-upgrade", ".post-upgrade", ".pre-deinstall"},
	},
}

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
			if _, err := install(t.Context(), []repository{damaged, support}, "static-site"); err == nil {
				t.Error("the changed package was installed")
			}
		})
	}
}

// memberEnds returns where the gzip members of a package end: signature, control, data.
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
