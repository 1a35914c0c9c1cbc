package cache

import (
	"archive/tar"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/internal/tree"
)

// A link may climb only where it begins, and not out of the tree: a later `..` would leave the place to which another link leads.
func TestStays(t *testing.T) {
	for _, tc := range []struct {
		name, target string
		want         bool
	}{
		{"a", "b", true}, {"a", "b/c", true}, {"a", "./b//c/", true}, {"a", ".", true}, {"d/a", "..", true}, {"d/a", "../b", true},
		{"d/e/a", ".././../b", true}, {"d/a", "...", true}, {"d/a", "..b/c..", true},
		{"a", "", false}, {"a", "/b", false}, {"a", "..", false}, {"a", "../b", false}, {"d/a", "../../b", false}, {"d/a", "./../../b", false},
		{"a", "b/../c", false}, {"a", "b/..", false}, {"d/a", "../e/../f", false}, {"a", "d1/d2/a/../../etc", false}, {"a", "b\xff", false},
	} {
		if got := stays(tc.name, tc.target); got != tc.want {
			t.Errorf("%s -> %s: %v", tc.name, tc.target, got)
		}
	}
}

// Links that lead out of the tree only together are neither packed nor unpacked.
func TestChainedLinks(t *testing.T) {
	c := open(t, t.TempDir())
	ours := c.Repository("ours")
	deep := "d1/d2/d3"
	write(t, filepath.Join(ours.Tools(), deep, "x"), "x")
	for name, target := range map[string]string{deep + "/a": "../../../top", "out": deep + "/a/../../../etc", "top": "d1"} {
		if err := os.Symlink(target, filepath.Join(ours.Tools(), name)); err != nil {
			t.Fatal(err)
		}
	}
	a := Archive{Repositories: []*Repository{ours}}
	file, size, err := a.pack(t)
	if err != nil {
		t.Fatal(err)
	}
	there := open(t, t.TempDir()).Repository("ours")
	if err := (Archive{Repositories: []*Repository{there}}).Unpack(t.Context(), file, size, "k"); err != nil {
		t.Fatal(err)
	}
	got := listing(t, there.Tools())
	if _, leads := got["out"]; leads || got[deep+"/a"] != "-> ../../../top" || got["top"] != "-> d1" {
		t.Error(got)
	}
	b := Archive{Repositories: []*Repository{open(t, t.TempDir()).Repository("ours")}}
	top := tar.Header{Typeflag: tar.TypeDir, Name: ours.name + "/"}
	file, size = forged(t, b, top, tar.Header{Typeflag: tar.TypeSymlink, Name: ours.name + "/out", Linkname: deep + "/a/../../../etc"})
	if err := b.Unpack(t.Context(), file, size, "k"); err == nil || !strings.Contains(err.Error(), "no file of a cache") {
		t.Error(err)
	}
}

// Sizes that overflow together are refused as others are, and so are too many entries of several repositories.
func TestBounds(t *testing.T) {
	for _, second := range []int64{math.MaxInt64, math.MaxInt64 - 1, 10, -1, math.MinInt64} {
		b := bounds{limit: 10}
		if err := b.file(1); err != nil {
			t.Fatal(err)
		}
		if err := b.file(second); err == nil || b.size != 1 {
			t.Errorf("%d: %v, %d bytes", second, err, b.size)
		}
		if err := b.file(9); err != nil {
			t.Error(err)
		}
	}
	b := bounds{entries: tree.MaxEntries - 1}
	if err := b.entry(); err != nil {
		t.Error(err)
	}
	if err := b.entry(); err == nil {
		t.Error("an entry more than allowed")
	}
	a := Archive{Repositories: []*Repository{open(t, t.TempDir()).Repository("ours")}, Limit: 2 << 20}
	r := a.Repositories[0].name
	file, size := forged(t, a, tar.Header{Typeflag: tar.TypeDir, Name: r + "/"},
		tar.Header{Typeflag: tar.TypeReg, Name: r + "/x", Size: 1}, tar.Header{Typeflag: tar.TypeReg, Name: r + "/y", Size: math.MaxInt64})
	if err := a.Unpack(t.Context(), file, size, "k"); err == nil || !strings.Contains(err.Error(), "more than 2 MiB") {
		t.Error(err)
	}
}

// Whatever names builds have left, an archive that is made can be unpacked.
func TestPackLeavesOutNames(t *testing.T) {
	ours := open(t, t.TempDir()).Repository("ours")
	in := func(name string) string { return filepath.Join(ours.Tools(), name) }
	write(t, in("go/good"), "good")
	write(t, in("go/caf\xe9/x"), "not UTF-8")
	deepest := strings.Repeat("d/", tree.MaxDepth)
	write(t, in(deepest+"x"), "too deep with the repository's directory before it")
	root, err := os.OpenRoot(ours.Tools())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	long := strings.Repeat(strings.Repeat("n", 200)+"/", 19) + strings.Repeat("n", 180)
	if err := root.MkdirAll(long[:3818], 0o755); err != nil {
		t.Fatal(err)
	}
	err = root.WriteFile(long, []byte("too long with it"), 0o644)
	if err != nil || len(long) > tree.MaxName || fits(ours.name+"/"+long) {
		t.Fatal(err, len(long))
	}
	file, size, err := Archive{Repositories: []*Repository{ours}}.pack(t)
	if err != nil {
		t.Fatal(err)
	}
	there := open(t, t.TempDir()).Repository("ours")
	if err := (Archive{Repositories: []*Repository{there}}).Unpack(t.Context(), file, size, "k"); err != nil {
		t.Fatal(err)
	}
	if read(t, filepath.Join(there.Tools(), "go", "good")) != "good" {
		t.Error("what has a good name is not there")
	}
	for name := range listing(t, there.Tools()) {
		if !fits(filepath.Join(there.name, name)) {
			t.Errorf("%q", name)
		}
	}
}

// Packing ends within a large file when its time is over, and when the archive gets too large for those who keep it.
func TestPackEnds(t *testing.T) {
	ours := open(t, t.TempDir()).Repository("ours")
	const size = 64 << 20
	noise := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	write(t, filepath.Join(ours.Tools(), "big"), string(noise))
	file, packed, err := Archive{Repositories: []*Repository{ours}, Packed: 2 << 20}.pack(t)
	if err == nil || !strings.Contains(err.Error(), "more than 2 MiB") || packed > 2<<20 {
		t.Errorf("%d bytes: %v", packed, err)
	}
	if _, packed, err = (Archive{Repositories: []*Repository{ours}, Packed: size + 1<<20}).pack(t); err != nil || packed < size {
		t.Errorf("%d bytes: %v", packed, err)
	}
	late := errors.New("too late")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	go func() {
		for info, err := file.Stat(); err == nil && info.Size() < 4<<20; info, err = file.Stat() {
			time.Sleep(time.Millisecond)
		}
		cancel(late)
	}()
	err = Archive{Repositories: []*Repository{ours}}.Pack(ctx, file, "k")
	info, errStat := file.Stat()
	if !errors.Is(err, late) || errStat != nil || info.Size() >= size {
		t.Error(err, errStat, info.Size())
	}
}
