package bench

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A tree is generated from what every machine with Go has: its own program and sources. So it
// deflates like real software, which random or repeated bytes do not.
type tree struct {
	name  string
	files int   // 0: one program
	bytes int64 // about
}

func trees() []tree {
	return []tree{
		{name: "program-15MB", bytes: 15 << 20},
		{name: "1300-files-12MB", files: 1_300, bytes: 12 << 20},
		{name: "20000-files-200MB", files: 20_000, bytes: 200 << 20},
	}
}

// generate makes the tree and returns its directory.
func (t tree) generate(b *testing.B) string {
	b.Helper()
	root := b.TempDir()
	goroot := goRoot(b)
	if t.files == 0 {
		in, err := os.Open(filepath.Join(goroot, "bin", "go"))
		must(b, err)
		defer func() { must(b, in.Close()) }()
		write(b, filepath.Join(root, "usr/bin/program"), io.LimitReader(in, t.bytes))
		return root
	}
	sources := sourceFiles(b, filepath.Join(goroot, "src"))
	var written int64
	for i := range t.files {
		// Files are joined until the mean size is reached, so that number and bytes both hold.
		path := filepath.Join(root, "var/lib/app", fmt.Sprintf("d%03d", i/40), fmt.Sprintf("%05d.go", i))
		var parts []io.Reader
		for written < t.bytes*int64(i+1)/int64(t.files) {
			text, err := os.ReadFile(sources[(i+len(parts)*7919)%len(sources)])
			must(b, err)
			parts = append(parts, strings.NewReader(string(text)))
			written += int64(len(text))
		}
		write(b, path, io.MultiReader(parts...))
	}
	return root
}

func goRoot(b *testing.B) string {
	b.Helper()
	out, err := exec.CommandContext(b.Context(), "go", "env", "GOROOT").Output()
	must(b, err)
	return strings.TrimSpace(string(out))
}

func sourceFiles(b *testing.B, dir string) (paths []string) {
	b.Helper()
	must(b, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

func write(b *testing.B, path string, content io.Reader) {
	b.Helper()
	must(b, os.MkdirAll(filepath.Dir(path), 0o750))
	out, err := os.Create(path)
	must(b, err)
	_, err = io.Copy(out, content)
	must(b, err)
	must(b, out.Close())
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
