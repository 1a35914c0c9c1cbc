package apk

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/internal/tree"
)

func TestCreateKeepsContents(t *testing.T) {
	files := map[string]string{
		"usr/bin/tool":       "#!/bin/sh\n",
		"usr/share/empty":    "",
		"usr/share/small":    strings.Repeat("s", stretchSize),
		"usr/share/large":    strings.Repeat("l", stretchSize+1),
		"usr/share/once":     strings.Repeat("0123456789abcd\n", onePass/15)[:onePass],
		"usr/share/twice":    strings.Repeat("0123456789abcde\n", onePass/16+1),
		"usr/share/link":     "-> small",
		"usr/share/dangling": "-> /nowhere",
		"usr/share/dir/":     "",
	}
	headers, contents := dataEntries(t, create(t, testInfo(), nil, Tree{Root: writeTree(t, files)}))
	for i, h := range headers {
		want := files[h.Name]
		if target, link := strings.CutPrefix(want, "-> "); link {
			want = ""
			if h.Linkname != target {
				t.Errorf("%s links to %q, want %q", h.Name, h.Linkname, target)
			}
		}
		if contents[i] != want {
			t.Errorf("%s: %d bytes of content differ from the %d of the file", h.Name, len(contents[i]), len(want))
		}
		if sum := sha1.Sum([]byte(want)); h.Typeflag == '0' && h.PAXRecords[checksumRecord] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: checksum %s, want %x", h.Name, h.PAXRecords[checksumRecord], sum)
		}
	}
	if len(headers) != len(files)+3 { // usr/ usr/bin/ usr/share/ come with them
		t.Errorf("%d entries, want %d", len(headers), len(files)+3)
	}
}

func TestCreateIsDeterministic(t *testing.T) {
	files := map[string]string{"srv/a": strings.Repeat("some text, over and over ", 100_000), "srv/b": "b", "srv/c": "-> b"}
	scripts := []Script{{Name: ".post-install", Body: []byte("a")}, {Name: ".pre-install", Body: []byte("b")}}
	first := readFile(t, create(t, testInfo(), scripts, Tree{Root: writeTree(t, files)}))

	other := writeTree(t, files)
	must(t, os.Chtimes(filepath.Join(other, "srv/b"), time.Unix(1, 0), time.Unix(1, 0)))
	slices.Reverse(scripts)
	oneWorker := func(o *options) { o.workers = 1 }
	manyWorkers := func(o *options) { o.workers = 7 }
	for name, opt := range map[string]Option{"one worker": oneWorker, "many workers": manyWorkers} {
		if second := readFile(t, create(t, testInfo(), scripts, Tree{Root: other}, opt)); !bytes.Equal(first, second) {
			t.Errorf("%s: the same tree gave another package", name)
		}
	}
}

func TestCreateLevels(t *testing.T) {
	tree := Tree{Root: writeTree(t, map[string]string{"srv/a": strings.Repeat("some text, over and over ", 10_000)})}
	fast := readFile(t, create(t, testInfo(), nil, tree, Compress(Fast)))
	small := readFile(t, create(t, testInfo(), nil, tree, Compress(Small)))
	if len(small) >= len(fast) {
		t.Errorf("level 9 gave %d bytes, level 1 %d", len(small), len(fast))
	}
}

func TestInstalledSize(t *testing.T) {
	script := []Script{{Name: ".post-install"}}
	for name, c := range map[string]struct {
		files   map[string]string
		scripts []Script
		want    int64
	}{
		"sum":              {map[string]string{"srv/a": "123", "srv/b": "4567", "srv/c": "-> abcdefgh"}, nil, 7},
		"nothing at all":   {nil, nil, 0},
		"only directories": {map[string]string{"srv/": ""}, nil, 1},
		"only empty files": {map[string]string{"srv/a": ""}, nil, 1},
		"only scripts":     {nil, script, 1},
	} {
		t.Run(name, func(t *testing.T) {
			pkg, err := ReadFile(create(t, testInfo(), c.scripts, Tree{Root: writeTree(t, c.files)}))
			must(t, err)
			if pkg.Info.Size != c.want {
				t.Errorf("size %d, want %d", pkg.Info.Size, c.want)
			}
		})
	}
}

// TestManyFiles has more entries than are looked at, or written, at once. A hard link far away is one, and the first
// wrong name is told.
func TestManyFiles(t *testing.T) {
	files := map[string]string{}
	for i := range 1000 {
		files[fmt.Sprintf("srv/%04d", i)] = strings.Repeat(fmt.Sprintln(i), i)
	}
	root := writeTree(t, files)
	must(t, os.Remove(filepath.Join(root, "srv/0999")))
	must(t, os.Link(filepath.Join(root, "srv/0001"), filepath.Join(root, "srv/0999")))
	headers, contents := dataEntries(t, create(t, testInfo(), nil, Tree{Root: root}))
	for i, h := range headers[1:] {
		name := fmt.Sprintf("srv/%04d", i)
		if i == 999 && h.Linkname != "srv/0001" {
			t.Errorf("%s is a link to %q", h.Name, h.Linkname)
		}
		if h.Name != name || i < 999 && contents[i+1] != files[name] {
			t.Errorf("%s: %d bytes in place of %s", h.Name, len(contents[i+1]), name)
		}
	}
	for _, name := range []string{"0300\n", "0700\n", "0990\n"} {
		must(t, os.WriteFile(filepath.Join(root, "srv", name), nil, 0o644))
	}
	_, err := Create(context.Background(), filepath.Join(t.TempDir(), "x.apk"), testInfo(), nil, Tree{Root: root})
	wantError(t, err, `"/srv/0300\n" has a control character`)
}

// TestDescriptorsAreClosed: whatever ends the packing.
func TestDescriptorsAreClosed(t *testing.T) {
	const open = "/proc/self/fd"
	if _, err := os.Stat(open); err != nil {
		t.Skip(err)
	}
	root := writeTree(t, map[string]string{"srv/a": "a", "srv/b": strings.Repeat("b", stretchSize+1),
		"srv/c": strings.Repeat("c", onePass+1)})
	count := func() int {
		entries, err := os.ReadDir(open)
		must(t, err)
		return len(entries)
	}
	before := count()
	for name, after := range map[string]int{"at once": 0, "at the third": 2, "not": 9} {
		ctx, cancel := context.WithCancel(context.Background())
		var seen atomic.Int32
		owner := func(string, tree.Info) Owner {
			if int(seen.Add(1)) > after {
				cancel()
			}
			return Owner{User: "root", Group: "root"}
		}
		_, err := Create(ctx, filepath.Join(t.TempDir(), "x.apk"), testInfo(), nil, Tree{Root: root, Owner: owner})
		cancel()
		if got := count(); got != before {
			t.Errorf("cancelled %s (%v): %d files are open, %d were before", name, err, got, before)
		}
	}
	for _, name := range []string{"srv/c", "srv/b", "srv/a"} {
		shrink := func(path string, _ tree.Info) Owner {
			if path == name {
				must(t, os.Truncate(filepath.Join(root, path), 0))
			}
			return Owner{User: "root", Group: "root"}
		}
		_, err := Create(t.Context(), filepath.Join(t.TempDir(), "x.apk"), testInfo(), nil, Tree{Root: root, Owner: shrink})
		if got := count(); got != before || !errors.Is(err, errChanged) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s shrinks: error %v; %d files are open, %d were before", name, err, got, before)
		}
	}
}

func TestAheadEndsEarly(t *testing.T) {
	var running, most atomic.Int32
	work := func(n int) int {
		now := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		time.Sleep(time.Millisecond)
		return n
	}
	numbers := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	next := 0
	for got := range ahead(3, slices.Values(numbers), work) {
		if got != next {
			t.Errorf("%d came in place of %d", got, next)
		}
		if next++; next == 6 {
			break
		}
	}
	if now := running.Load(); now != 0 || most.Load() > 5 {
		t.Errorf("%d go on; %d did at once", now, most.Load())
	}
}

func TestHardLinks(t *testing.T) {
	root := writeTree(t, map[string]string{"srv/m": "12345"})
	must(t, os.Link(filepath.Join(root, "srv/m"), filepath.Join(root, "srv/a")))
	must(t, os.Link(filepath.Join(root, "srv/m"), filepath.Join(root, "srv/z")))
	path := create(t, testInfo(), nil, Tree{Root: root})
	headers, _ := dataEntries(t, path)
	got := map[string]string{}
	for _, h := range headers {
		got[h.Name] = string(h.Typeflag) + " " + h.Linkname
	}
	want := map[string]string{"srv/": "5 ", "srv/a": "0 ", "srv/m": "1 srv/a", "srv/z": "1 srv/a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	pkg, err := ReadFile(path)
	must(t, err)
	if pkg.Info.Size != 5 {
		t.Errorf("size %d, want 5: an inode counts once", pkg.Info.Size)
	}
}

func TestCreateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		more  func(root string) error
		want  []string
	}{
		"control character": {map[string]string{"srv/a\tb": ""}, nil, []string{"/srv/a", `a\tb`, "control character"}},
		"delete":            {map[string]string{"srv/a\x7f": ""}, nil, []string{"control character"}},
		"link target":       {map[string]string{"srv/a": "-> b\nc"}, nil, []string{"/srv/a", "control character"}},
		"dot in the root":   {map[string]string{".hidden": ""}, nil, []string{"/.hidden", "begin with a dot"}},
		"hard link to link": {
			map[string]string{"srv/a": "-> b"},
			func(root string) error { return os.Link(root+"/srv/a", root+"/srv/c") },
			[]string{"/srv/c", "/srv/a", "symbolic link"},
		},
		"socket": {map[string]string{"srv/": ""}, func(root string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: root + "/srv/s", Net: "unix"})
			if err == nil {
				l.SetUnlinkOnClose(false)
				err = l.Close()
			}
			return err
		}, []string{"/srv/s", "socket"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := writeTree(t, c.files)
			if c.more != nil {
				must(t, c.more(root))
			}
			dir := t.TempDir()
			_, err := Create(context.Background(), filepath.Join(dir, "x.apk"), testInfo(), nil, Tree{Root: root})
			wantError(t, err, append(c.want, "packing blog")...)
			wantEmpty(t, dir)
		})
	}
}

func TestCreateChecksItsInput(t *testing.T) {
	script := func(names ...string) (scripts []Script) {
		for _, n := range names {
			scripts = append(scripts, Script{Name: n})
		}
		return scripts
	}
	with := func(change func(*Info)) Info {
		info := testInfo()
		change(&info)
		return info
	}
	for name, c := range map[string]struct {
		info    Info
		scripts []Script
		tree    Tree
		want    string
	}{
		"name":       {info: with(func(i *Info) { i.Name = "../x" }), want: "begin with a letter"},
		"version":    {info: with(func(i *Info) { i.Version = "1.0-beta" }), want: "-beta"},
		"arch":       {info: with(func(i *Info) { i.Arch = "amd64" }), want: "x86_64"},
		"line break": {info: with(func(i *Info) { i.Description = "a\nsize = 1" }), want: "pkgdesc"},
		"two words":  {info: with(func(i *Info) { i.Depends = []string{"a b"} }), want: "not one word"},
		"date":       {info: with(func(i *Info) { i.BuildDate = -1 }), want: "negative"},
		"script":     {info: testInfo(), scripts: script(".postinst"), want: ".postinst"},
		"twice":      {info: testInfo(), scripts: script(".trigger", ".trigger"), want: "two scripts"},
		"trigger":    {info: testInfo(), scripts: script(".trigger"), want: "or neither"},
		"no tree":    {info: testInfo(), tree: Tree{Root: "/does/not/exist"}, want: "/does/not/exist"},
		"not a tree": {info: testInfo(), tree: Tree{Root: "apk.go"}, want: "not a directory"},
		"nobody's": {info: testInfo(), tree: Tree{Root: "testdata", Owner: func(string, tree.Info) Owner {
			return Owner{}
		}}, want: "no owner"},
		"large script": {info: testInfo(), scripts: []Script{{Name: ".pre-install", Body: make([]byte, maxControl)}},
			tree: Tree{Root: "testdata"}, want: "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := Create(context.Background(), filepath.Join(dir, "x.apk"), c.info, c.scripts, c.tree)
			wantError(t, err, c.want)
			wantEmpty(t, dir)
		})
	}
}

func TestCreateLeavesNothingWhenCancelled(t *testing.T) {
	root := writeTree(t, map[string]string{"srv/a": "a", "srv/b": "b", "srv/big": strings.Repeat("x", 3<<20)})
	for _, after := range []int{0, 1, 2, 3} { // entries
		dir := t.TempDir()
		path := filepath.Join(dir, "blog.apk")
		must(t, os.WriteFile(path, []byte("the old one"), 0o644))
		ctx, cancel := context.WithCancel(context.Background())
		seen := 0
		owner := func(string, tree.Info) Owner {
			if seen++; seen > after {
				cancel()
			}
			return Owner{User: "root", Group: "root"}
		}
		_, err := Create(ctx, path, testInfo(), nil, Tree{Root: root, Owner: owner})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want the cancellation", err)
		}
		if got := string(readFile(t, path)); got != "the old one" {
			t.Errorf("the file that stood there is now %.20q", got)
		}
		must(t, os.Remove(path))
		wantEmpty(t, dir)
		cancel()
	}
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	must(t, err)
	for _, f := range left {
		t.Errorf("%s is left behind", f.Name())
	}
}

func TestFilesThatChange(t *testing.T) {
	for name, content := range map[string]string{"shorter": "123", "empty": "", "longer": "12345"} {
		if err := copyContent(context.Background(), io.Discard, strings.NewReader(content), 4); !errors.Is(err, errChanged) {
			t.Errorf("large, %s: %v", name, err)
		}
		if err := readAll(strings.NewReader(content), make([]byte, 4+1)); !errors.Is(err, errChanged) {
			t.Errorf("small, %s: %v", name, err)
		}
	}
	if err := readAll(iotest.OneByteReader(strings.NewReader("1234")), make([]byte, 4+1)); err != nil {
		t.Errorf("not changed, and read byte by byte: %v", err)
	}
}

func TestOwners(t *testing.T) {
	long := strings.Repeat("u", 40)
	owners := map[string]Owner{"srv": {User: "root", Group: "root"}, "srv/a": {User: "blog", Group: "www"},
		"srv/b": {User: long, Group: long}}
	owner := func(path string, _ tree.Info) Owner { return owners[path] }
	root := writeTree(t, map[string]string{"srv/a": "", "srv/b": ""})
	headers, _ := dataEntries(t, create(t, testInfo(), nil, Tree{Root: root, Owner: owner}))
	got := map[string]Owner{}
	for _, h := range headers {
		got[strings.TrimSuffix(h.Name, "/")] = Owner{User: h.Uname, Group: h.Gname}
		if h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s: uid %d, gid %d, want 0: apk goes by the names", h.Name, h.Uid, h.Gid)
		}
	}
	if !maps.Equal(got, owners) {
		t.Errorf("owners %v, want %v", got, owners)
	}
}
