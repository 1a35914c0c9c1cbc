package abuild

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	treedir "github.com/pakman/build/pkg/internal/tree"
)

// TestCollectCompresses: a package that was packed fast leaves as one that was packed small.
func TestCollectCompresses(t *testing.T) {
	dir := t.TempDir()
	arch := filepath.Join(dir, "packages", "main", "x86_64")
	tree, output := filepath.Join(dir, "tree"), filepath.Join(dir, "out")
	for _, d := range []string{arch, tree, output} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(tree, "text"), []byte(strings.Repeat("some text, over and over\n", 9000)), 0o644); err != nil {
		t.Fatal(err)
	}
	info := apk.Info{Name: "app", Version: "1.0-r0", Arch: "x86_64"}
	create := func(path string, c apk.Compression) {
		if _, err := apk.Create(t.Context(), path, info, nil, apk.Tree{Root: tree}, apk.Compress(c)); err != nil {
			t.Fatal(err)
		}
	}
	create(filepath.Join(arch, "app-1.0-r0.apk"), apk.Fast)
	want := filepath.Join(dir, "want.apk")
	create(want, apk.Small)
	s := &session{job: builder.Job{
		Inputs: builder.Inputs{Arch: "x86_64", Compression: apk.Small},
		Run:    builder.Run{Dir: filepath.Join(dir, "main", "app"), Output: output, TempDir: t.TempDir()},
	}}
	var err error
	if s.repo, err = treedir.Open(filepath.Join(dir, "packages")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.repo.Close() })
	made, err := s.collect(t.Context(), builder.Plan{{Info: info}})
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	got, err := os.ReadFile(made[0])
	if err != nil {
		t.Fatal(err)
	}
	if small, err := os.ReadFile(want); err != nil || !bytes.Equal(got, small) {
		t.Errorf("%d bytes, want those of the %d packed small, error %v", len(got), len(small), err)
	}
}

// All packages of a build together have a bound.
func TestSizesOfAll(t *testing.T) {
	const largest = 8<<30 - 1 // as apk installs it
	const packages = treedir.MaxBytes/largest + 1
	var sizes treedir.Sizes
	for i := range packages {
		entry := &tar.Header{Name: "usr/share/big", Typeflag: tar.TypeReg, Size: largest}
		err := newInventory("x86_64", true, nil, &sizes).add(entry, strings.NewReader(""))
		if refused := i == packages-1; (err != nil) != refused || refused && !strings.Contains(err.Error(), "GiB") {
			t.Errorf("package %d: %v", i+1, err)
		}
	}
}
