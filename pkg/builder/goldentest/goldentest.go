// Package goldentest holds what real abuild made of small build directories, for the tests of
// whatever makes packages: each directory of testdata is a build directory (build/), what it needs
// (NEEDS), what is run before (SETUP), and what abuild 3.16 said and packed, or why it refused it
// (expected/). It is embedded, so that a test's binary runs on another machine.
package goldentest

import (
	"embed"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

//go:embed all:testdata
var testdata embed.FS

// Epoch and Packager are what the goldens were recorded with. They are for the architecture Arch.
const (
	Epoch    = 1700000000
	Packager = "PAKman Goldens <goldens@example.org>"
	Arch     = "x86_64"
)

// Case is one build directory and what abuild made of it.
type Case struct {
	Name     string
	FS       fs.FS // the directory
	compiled bool  // its files come from a compiler, which is another one here
}

// Cases returns all of them.
func Cases(t testing.TB) []Case {
	t.Helper()
	dirs, err := fs.Glob(testdata, "testdata/*/build")
	if err != nil || len(dirs) < 40 {
		t.Fatalf("%d goldens, %v", len(dirs), err)
	}
	var cases []Case
	for _, dir := range dirs {
		name := strings.Split(dir, "/")[1]
		sub, err := fs.Sub(testdata, "testdata/"+name)
		if err != nil {
			t.Fatal(err)
		}
		c := Case{Name: name, FS: sub}
		c.compiled = slices.Contains(strings.Fields(c.optional(t, "NEEDS")), "cc")
		cases = append(cases, c)
	}
	return cases
}

// Each runs f for each case, several at once, but for those whose tools are missing.
func Each(t *testing.T, f func(t *testing.T, c Case)) {
	t.Helper()
	for _, c := range Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Needs(t)
			f(t, c)
		})
	}
}

// Needs skips a case whose tools are missing.
func (c Case) Needs(t testing.TB) {
	t.Helper()
	for tool := range strings.FieldsSeq(c.optional(t, "NEEDS")) {
		if tool == "cc" {
			tool = "musl-gcc" // the machine's own compiler links to the GNU C library, which is refused
		}
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s: not on PATH", tool)
		}
	}
}

// Env returns the build environment that the case's compiler comes in.
func (c Case) Env() map[string]string {
	if cc, err := exec.LookPath("musl-gcc"); err == nil {
		return map[string]string{"CC": cc}
	}
	return nil
}

// Package returns the main package's name.
func (c Case) Package(t testing.TB) string {
	t.Helper()
	for line := range strings.Lines(c.read(t, "build/APKBUILD")) {
		if name, ok := strings.CutPrefix(line, "pkgname="); ok {
			return strings.Trim(strings.TrimSpace(name), `"'`)
		}
	}
	t.Fatal("no pkgname")
	return ""
}

// Write lays the build directory out as <parent>/acme/<pkgname>, runs SETUP, and returns its path.
func (c Case) Write(t testing.TB, parent string) string {
	t.Helper()
	name := c.Package(t)
	dir := filepath.Join(parent, "acme", name)
	build, err := fs.Sub(c.FS, "build")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, build); err != nil {
		t.Fatal(err)
	}
	if setup := c.optional(t, "SETUP"); setup != "" {
		cmd := exec.Command("sh", "-s", name)
		cmd.Dir, cmd.Stdin = filepath.Dir(dir), strings.NewReader(setup)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("SETUP: %v\n%s", err, out)
		}
	}
	return dir
}

// Commit returns the commit in .PKGINFO; empty if the case was recorded outside a Git repository.
func (c Case) Commit(t testing.TB) string {
	t.Helper()
	for _, file := range c.expected(t, "*.PKGINFO") {
		for line := range strings.Lines(c.read(t, file)) {
			if commit, ok := strings.CutPrefix(line, "commit = "); ok {
				return strings.TrimSpace(commit)
			}
		}
	}
	return ""
}

// Refused reports whether abuild makes no package of it (for another architecture it makes nothing and
// calls that success), or one that apk does not install.
func (c Case) Refused(t testing.TB) bool {
	t.Helper()
	return c.read(t, "expected/rc") != "0" || c.read(t, "expected/packages") == "" || len(c.expected(t, "install")) > 0
}

// expected lists files of expected/.
func (c Case) expected(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := fs.Glob(c.FS, "expected/"+pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (c Case) read(t testing.TB, file string) string {
	t.Helper()
	text, err := fs.ReadFile(c.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func (c Case) optional(t testing.TB, file string) string {
	t.Helper()
	if !c.has(file) {
		return ""
	}
	return c.read(t, file)
}

func (c Case) has(file string) bool {
	_, err := fs.Stat(c.FS, file)
	return err == nil
}
