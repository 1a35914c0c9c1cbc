package abuild

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/diff"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/goldentest"
	"github.com/pakman/build/pkg/builder/native"
)

// moreBuilds adds build directories to TestSameAsNative: every directory below it with an APKBUILD.
var moreBuilds = flag.String("builds", "", "directory with more build directories to compare")

// entry is what counts of a file in a package.
type entry struct {
	Name, Link, User, Group string
	Type                    string
	Mode                    int64
	Size                    int64
	Content                 string            // of compressed files: the hash of what is in them
	PAX                     map[string]string // without the times that GNU tar adds
}

// contents is what counts of a package: not the engine that compressed it.
type contents struct {
	Info    apk.Info
	Scripts map[string]string
	Files   []entry
}

func read(t *testing.T, file string) contents {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	c := contents{Scripts: map[string]string{}}
	p, err := apk.Files(f, func(h *tar.Header, content io.Reader) error {
		e := entry{
			Name: h.Name, Link: h.Linkname, User: h.Uname, Group: h.Gname,
			Type: string(h.Typeflag), Mode: h.Mode, Size: h.Size, PAX: maps.Clone(h.PAXRecords),
		}
		maps.DeleteFunc(e.PAX, func(k, _ string) bool {
			return !strings.HasPrefix(k, "APK-TOOLS.") && !strings.HasPrefix(k, "SCHILY.xattr.")
		})
		if len(h.Linkname) > 100 {
			delete(e.PAX, "APK-TOOLS.checksum.SHA1") // abuild hashes only what the ustar header holds
		}
		if len(e.PAX) == 0 {
			e.PAX = nil
		}
		if strings.HasSuffix(h.Name, ".gz") && h.Typeflag == tar.TypeReg {
			z, err := gzip.NewReader(content)
			if err != nil {
				return err
			}
			hash := sha256.New()
			if _, err := io.Copy(hash, z); err != nil {
				return err
			}
			e.Content, e.Size, e.PAX = hex.EncodeToString(hash.Sum(nil)), 0, nil
		}
		c.Files = append(c.Files, e)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	c.Info = p.Info
	c.Info.DataHash, c.Info.Generator = "", ""
	for _, s := range p.Scripts {
		c.Scripts[s.Name] = string(s.Body)
	}
	return c
}

// buildDirs are the build directories of testdata, the goldens and those of -builds.
func buildDirs(t *testing.T) map[string]fs.FS {
	t.Helper()
	dirs := map[string]fs.FS{}
	add := func(root fs.FS) {
		found, err := fs.Glob(root, "*/APKBUILD")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			name := strings.TrimSuffix(f, "/APKBUILD")
			sub, err := fs.Sub(root, name)
			if err != nil {
				t.Fatal(err)
			}
			dirs[name] = sub
		}
	}
	embedded, err := fs.Sub(testdata, "testdata")
	if err != nil {
		t.Fatal(err)
	}
	add(embedded)
	for _, c := range goldentest.Cases(t) {
		sub, err := fs.Sub(c.FS, "build")
		if err != nil {
			t.Fatal(err)
		}
		dirs[c.Name] = sub
	}
	if *moreBuilds != "" {
		add(os.DirFS(*moreBuilds))
	}
	return dirs
}

var pkgname = regexp.MustCompile(`(?m)^pkgname=["']?([^"'\s]+)`)

// TestSameAsNative builds with both builders and compares the packages field by field.
func TestSameAsNative(t *testing.T) {
	needAbuild(t)
	for name, dir := range buildDirs(t) {
		t.Run(name, func(t *testing.T) {
			text, err := fs.ReadFile(dir, "APKBUILD")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := exec.LookPath("cc"); err != nil && strings.Contains(string(text), "\tcc ") {
				t.Skip("needs cc: not on PATH")
			}
			pkg := pkgname.FindSubmatch(text)
			if pkg == nil {
				t.Fatal("APKBUILD without pkgname")
			}
			real, errReal := buildWith(t, Builder{}, string(pkg[1]), dir)
			own, errOwn := buildWith(t, native.Builder{}, string(pkg[1]), dir)
			if (errReal == nil) != (errOwn == nil) {
				t.Fatalf("abuild: %v\nnative: %v", errReal, errOwn)
			}
			t.Logf("abuild: %v\nnative: %v", errReal, errOwn)
			compare(t, real, own)
		})
	}
}

// longLinks is the package that holds a link with a target of more than 100 bytes.
const longLinks = "oddities-1.0.0-r0.apk"

// compare tells every difference of two builders' packages.
func compare(t *testing.T, real, own map[string]string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(real)), slices.Sorted(maps.Keys(own))); diff != "" {
		t.Errorf("packages: abuild -, native +\n%s", diff)
	}
	for name, file := range real {
		if own[name] == "" {
			continue
		}
		found, err := diff.Files(t.Context(), file, own[name], diff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			if d.What == "checksum" && name == longLinks {
				continue // of a link's target, abuild hashes only what the ustar header holds
			}
			t.Errorf("%s: abuild → native: %s", name, d)
		}
	}
}

func buildWith(t *testing.T, b builder.Builder, name string, dir fs.FS) (map[string]string, error) {
	t.Helper()
	j, log := newJob(t, name)
	if err := os.CopyFS(j.Dir, dir); err != nil {
		t.Fatal(err)
	}
	packages, err := b.Build(t.Context(), j)
	if errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err != nil {
		t.Logf("%s: %v\n%s", b.Name(), err, log)
	}
	made := map[string]string{}
	for _, file := range packages {
		made[filepath.Base(file)] = file
	}
	return made, err
}
