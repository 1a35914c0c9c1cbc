package index

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/adb"
)

// dump writes a block as apk adbdump does, but for quotes and the size of the block.
func dump(b adb.Block) string {
	var out strings.Builder
	root := b.Slots(b.Root())
	packages := b.Slots(root.At(adbPackages))
	fmt.Fprintf(&out, "description: %s\npackages: # %d items\n", b.Blob(root.At(adbDescription)), packages.Len())
	names := []string{"name", "version", "hashes", "description", "arch", "license", "origin", "maintainer", "url", "repo-commit",
		"build-time", "installed-size", "file-size", "provider-priority", "depends", "provides", "replaces", "install-if"}
	for i := range packages.Len() {
		p, bullet := b.Slots(packages.At(i+1)), "- "
		for n, name := range names {
			v := p.At(n + 1)
			switch {
			case v == adb.Null:
				continue
			case n+1 == adbHash || n+1 == adbCommit:
				fmt.Fprintf(&out, "  %s%s: %s\n", bullet, name, hex.EncodeToString(b.Blob(v)))
			case n+1 >= adbTime && n+1 <= adbPriority:
				fmt.Fprintf(&out, "  %s%s: %d\n", bullet, name, b.Int(v))
			case n+1 >= adbDepends:
				list := b.Slots(v)
				fmt.Fprintf(&out, "  %s%s: # %d items\n", bullet, name, list.Len())
				for d := range list.Len() {
					fmt.Fprintf(&out, "      - %s\n", readDependency(b, b.Slots(list.At(d+1))))
				}
			default:
				fmt.Fprintf(&out, "  %s%s: %s\n", bullet, name, b.Blob(v))
			}
			bullet = "  "
		}
	}
	fmt.Fprintf(&out, "pkgname-spec: %s\n", b.Blob(root.At(adbPackageName)))
	return out.String()
}

// unquoted takes the quotes, and the block form of long lines, out of what apk adbdump wrote.
func unquoted(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		last := len(out) - 1
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case last >= 0 && strings.HasSuffix(out[last], ": |"):
			out[last] = strings.TrimSuffix(out[last], "|") + strings.TrimSpace(line)
			continue
		case strings.HasSuffix(line, "'"):
			if key, value, ok := strings.Cut(line, " '"); ok {
				line = key + " " + strings.ReplaceAll(strings.TrimSuffix(value, "'"), "''", "'")
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n") + "\n"
}

// goldenIndex is the index of testdata/APKINDEX, with what only the packages told of two of them.
func goldenIndex(t *testing.T) *Index {
	t.Helper()
	text, err := os.ReadFile("testdata/APKINDEX")
	must(t, err)
	x, err := Read(bytes.NewReader(wrap(t, [2]string{"DESCRIPTION", "acme main v1.2.3"}, [2]string{"APKINDEX", string(text)})))
	must(t, err)
	for i := range x.Entries {
		switch e := &x.Entries[i]; e.Name {
		case "acme-meta", "atlas-doc", "atlas-openrc", "brochure", "chronicle-openrc", "ledger-openrc", "pedigree":
			e.Noarch = true
		case "atlas-maps":
			e.Noarch, e.Replaces = true, []string{"atlas<5"}
		case "dispatcher":
			e.Noarch, e.Replaces = true, []string{"courier", "dispatcher-legacy<2.0.0-r0"}
		}
	}
	return x
}

// TestADBIsWhatApkMkndxWrites: testdata/Packages.adb.txt is apk adbdump of what apk mkndx 3.0.6 made.
func TestADBIsWhatApkMkndxWrites(t *testing.T) {
	want, err := os.ReadFile("testdata/Packages.adb.txt")
	must(t, err)
	block, err := goldenIndex(t).ADB("x86_64")
	must(t, err)
	if diff := cmp.Diff(unquoted(string(want)), dump(block)); diff != "" {
		t.Errorf("Packages.adb (-apk +ours):\n%s", diff)
	}
}

// What an APKINDEX does not hold comes from the Packages.adb before, for the same packages only.
func TestComplete(t *testing.T) {
	x := goldenIndex(t)
	block, err := x.ADB("x86_64")
	must(t, err)
	var text bytes.Buffer
	must(t, x.Write(&text, keyA()))
	y, err := Read(&text)
	must(t, err)
	other := y.Find("brochure", "2.4.0-r3")
	y.Entries[other].Checksum = "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA="
	y.Put(Entry{Info: apk.Info{Name: "new", Version: "1-r0"}})
	y.Complete(block)
	for _, e := range x.Entries {
		got := y.Entries[y.Find(e.Name, e.Version)]
		if e.Name == "brochure" {
			e.Noarch = false
		}
		if got.Noarch != e.Noarch || !cmp.Equal(got.Replaces, e.Replaces) {
			t.Errorf("%s: noarch %v, replaces %q, want %v, %q", e.Name, got.Noarch, got.Replaces, e.Noarch, e.Replaces)
		}
	}
	must(t, CheckADB(block))
	v3 := bytes.Replace(block, []byte{20, 0x41, 0x41, 0xde}, []byte{19, 0x41, 0x41, 0xde}, 1) // the first hash, one byte shorter
	if err := CheckADB(v3); err == nil || !strings.Contains(err.Error(), "acme-meta 7-r0") {
		t.Errorf("error %v does not name the package whose hash is no SHA-1", err)
	}
	for _, hostile := range []adb.Block{nil, make(adb.Block, 8), block[:40], block[:len(block)/2]} {
		y.Complete(hostile)
	}
}

func TestCanonicalDependencies(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a", "!a": "!a", "a=1": "a=1", "!a=<1": "!a<=1", "a=>1": "a>=1", "a>=1": "a>=1", "a=~1": "a~1", "a~=1": "a~1", "a~1": "a~1",
		"a><Q1x": "a><Q1x", "a<~1": "a<~1", "so:a.so.1=1.2": "so:a.so.1=1.2", "a<>=1": "a<>=1",
	} {
		if got := canonical(text); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}
