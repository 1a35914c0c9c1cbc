package apkbuild

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"
)

var update = flag.Bool("update", false, "write the golden directories anew")

func TestRenderGolden(t *testing.T) {
	for name, r := range recipes() {
		t.Run(name, func(t *testing.T) {
			got, err := Render(r)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join("testdata", name)
			if *update {
				if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755), got.Write(dir)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(readDirectory(t, dir), got.bodies()); diff != "" {
				t.Errorf("differs from %s (-want +got); -update writes it anew\n%s", dir, diff)
			}
		})
	}
}

// bodies returns the files by name.
func (d Directory) bodies() map[string]string {
	m := map[string]string{}
	for _, f := range d {
		m[f.Name] = string(f.Body)
	}
	return m
}

func readDirectory(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, e := range entries {
		body, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		m[e.Name()] = string(body)
	}
	return m
}

// TestGoldenShell shows every generated file to shells and to tools that know shell.
func TestGoldenShell(t *testing.T) {
	dirs, err := filepath.Glob("testdata/*/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range dirs {
		if !isShell(path) {
			continue
		}
		t.Run(path, func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			// `local` is all that the APKBUILD has beyond POSIX; every shell that runs one knows it.
			if _, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(bytes.NewReader(body), path); err != nil {
				t.Error(err)
			}
			for _, shell := range shells(t) {
				if out, err := exec.Command(shell[0], append(shell[1:], "-n", path)...).CombinedOutput(); err != nil || len(out) > 0 {
					t.Errorf("%v -n: %v\n%s", shell, err, out)
				}
			}
		})
	}
	t.Run("shellcheck", func(t *testing.T) {
		tool, err := exec.LookPath("shellcheck")
		if err != nil {
			t.Skip("shellcheck is not installed")
		}
		// Variables that others set or read (2034, 2154), files that are elsewhere (1091), files without #! (2148), text that
		// is meant for another shell (2016), $pkgname and the user's own words, which hold no spaces or are meant to split (2086, 2046),
		// and the user's own patterns, which cp gets behind -- (2035).
		args := []string{"-s", "dash", "-e", "SC2034,SC2154,SC1091,SC2148,SC2016,SC2086,SC2046,SC2035"}
		for _, path := range dirs {
			if isShell(path) && !strings.HasPrefix(path, "testdata/nasty/") {
				args = append(args, path)
			}
		}
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// isShell reports whether a file of testdata is a shell script.
func isShell(path string) bool {
	return !strings.HasPrefix(path, "testdata/fuzz/") && filepath.Ext(path) != ".nginx"
}

// shells are those of this machine that the generated files must suit.
func shells(t *testing.T) [][]string {
	t.Helper()
	var found [][]string
	for _, s := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"busybox", "ash"}} {
		if _, err := exec.LookPath(s[0]); err == nil {
			found = append(found, s)
		} else {
			t.Logf("without %v: it is not installed", s)
		}
	}
	return found
}

func TestModes(t *testing.T) {
	d, err := Render(goService())
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]uint32{}
	for _, f := range d {
		modes[f.Name] = f.Mode
	}
	want := map[string]uint32{"APKBUILD": 0o644, "hello.initd": 0o755, "hello.confd": 0o644, "hello.pre-install": 0o755,
		"hello.trigger": 0o755, "hello-openrc.post-upgrade": 0o755,
		"hello.pre-upgrade": 0o755, "hello.post-deinstall": 0o755, "hello.start": 0o755,
		"hello.post-upgrade": 0o755, "hello.pre-deinstall": 0o755}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Errorf("modes (-want +got)\n%s", diff)
	}
	if d[0].Name != "APKBUILD" {
		t.Errorf("first is %s", d[0].Name)
	}
}
