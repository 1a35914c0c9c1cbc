package diff

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	treedir "github.com/pakman/build/pkg/internal/tree"
)

// pack makes a package: files of the tree by name, links by "-> target".
func pack(t *testing.T, change func(*apk.Info), scripts []apk.Script, owner string, tree map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range tree {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, ok := strings.CutPrefix(content, "-> "); ok && err == nil {
			err = os.Symlink(target, path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	info := apk.Info{Name: "p", Version: "1-r0", Description: "p", URL: "https://example.org", License: "MIT", Arch: "noarch", Origin: "p",
		Generator: "x", Depends: []string{"a", "b"}}
	if change != nil {
		change(&info)
	}
	file := filepath.Join(t.TempDir(), "p.apk")
	who := func(string, treedir.Info) apk.Owner { return apk.Owner{User: owner, Group: "root"} }
	if _, err := apk.Create(context.Background(), file, info, scripts, apk.Tree{Root: root, Owner: who}); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFiles(t *testing.T) {
	tree := map[string]string{"etc/a": "one", "etc/l": "-> a"}
	script := []apk.Script{{Name: ".pre-install", Body: []byte("#!/bin/sh\nexit 0\n")}}
	first := pack(t, nil, script, "root", tree)
	for name, tc := range map[string]struct {
		second string
		want   []string // "where: what" of each
	}{
		"equal":     {pack(t, nil, script, "root", tree), nil},
		"generator": {pack(t, func(i *apk.Info) { i.Generator = "y" }, script, "root", tree), nil},
		"depends":   {pack(t, func(i *apk.Info) { i.Depends = []string{"b", "c"} }, script, "root", tree), []string{".PKGINFO: depend"}},
		"script": {pack(t, nil, []apk.Script{{Name: ".pre-install", Body: []byte("#!/bin/sh\nexit 1\n")}}, "root", tree),
			[]string{".pre-install: line 2"}},
		"no script": {pack(t, nil, nil, "root", tree), []string{".pre-install: "}},
		"owner":     {pack(t, nil, script, "app", tree), []string{"etc/: owner", "etc/a: owner", "etc/l: owner"}},
		"content":   {pack(t, nil, script, "root", map[string]string{"etc/a": "two", "etc/l": "-> a"}), []string{"etc/a: "}},
		"link": {pack(t, nil, script, "root", map[string]string{"etc/a": "one", "etc/l": "-> b"}),
			[]string{"etc/l: link", "etc/l: checksum"}},
		"missing": {pack(t, nil, script, "root", map[string]string{"etc/a": "one"}), []string{"etc/l: entry"}},
		"new": {pack(t, nil, script, "root", map[string]string{"etc/a": "one", "etc/l": "-> a", "etc/z": ""}),
			[]string{"etc/z: entry"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := Files(context.Background(), first, tc.second, Options{})
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, d := range found {
				known := false
				for _, w := range tc.want {
					if strings.HasPrefix(d.Where+": "+d.What, w) {
						known, seen[w] = true, true
					}
				}
				if !known {
					t.Errorf("not a difference that was made: %s", d)
				}
			}
			if len(seen) != len(tc.want) {
				t.Errorf("found %v, want %v", found, tc.want)
			}
		})
	}
	all, err := Files(context.Background(), first, pack(t, func(i *apk.Info) {
		i.Generator = "y"
	}, script, "root", tree), Options{All: true})
	if err != nil || len(all) == 0 {
		t.Errorf("All finds no generator: %v %v", all, err)
	}
	if _, err := Files(context.Background(), first, "none.apk", Options{}); err == nil {
		t.Error("a missing file is no error")
	}
}

// A line stays a line, and a terminal shows it as text.
func TestString(t *testing.T) {
	d := Difference{Where: "a\nb", What: "mode", A: "\x1b[31m", B: ""}
	if diff := cmp.Diff(`a\nb: mode: \x1b[31m → (none)`, d.String()); diff != "" {
		t.Error(diff)
	}
}

// What an entry can differ in besides its content: type, mode, hard links, capabilities.
func TestEntries(t *testing.T) {
	build := func(capability string, change func(root string) error) string {
		root := t.TempDir()
		for _, name := range []string{"a", "b"} {
			if err := os.WriteFile(filepath.Join(root, name), []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if change != nil {
			if err := change(root); err != nil {
				t.Fatal(err)
			}
		}
		info := apk.Info{Name: "p", Version: "1-r0", Description: "p", URL: "https://example.org", License: "MIT", Arch: "noarch",
			Origin: "p"}
		file := filepath.Join(t.TempDir(), "p.apk")
		owner := func(string, treedir.Info) apk.Owner {
			return apk.Owner{User: "root", Group: "root", Capability: capability}
		}
		if _, err := apk.Create(context.Background(), file, info, nil, apk.Tree{Root: root, Owner: owner}); err != nil {
			t.Fatal(err)
		}
		return file
	}
	replace := func(link func(string, string) error) func(string) error {
		return func(root string) error {
			b := filepath.Join(root, "b")
			if err := os.Remove(b); err != nil {
				return err
			}
			return link(filepath.Join(root, "a"), b)
		}
	}
	first := build("", nil)
	for name, tc := range map[string]struct {
		second, want string
	}{
		"mode": {build("", func(root string) error { return os.Chmod(filepath.Join(root, "a"), 0o755) }), "a: mode: 0644 → 0755"},
		"type": {build("", replace(func(_, b string) error {
			return os.Mkdir(b, 0o755)
		})), "b/: entry: (none) → directory 0755 root:root"},
		"hard link":  {build("", replace(os.Link)), "b: type: file → hard link"},
		"capability": {build("\x01\x00\x00\x02", nil), `a: xattr security.capability: (none) → \x01\x00\x00\x02`},
	} {
		found, err := Files(context.Background(), first, tc.second, Options{})
		if err != nil || !slices.ContainsFunc(found, func(d Difference) bool { return d.String() == tc.want }) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	lists := pack(t, func(i *apk.Info) {
		i.Provides, i.Replaces, i.InstallIf, i.Triggers = []string{"x=1"}, []string{"y"}, []string{"z"}, []string{"/usr/share/t"}
		i.ProviderPriority, i.ReplacesPriority, i.Maintainer, i.Commit, i.BuildDate = 1, 2, "m", "c", 3
	}, []apk.Script{{Name: ".trigger", Body: []byte("#!/bin/sh\n")}}, "root", nil)
	found, err := Files(context.Background(), pack(t, nil, nil, "root", nil), lists, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, d := range found {
		what = append(what, d.What)
	}
	for want := range strings.FieldsSeq(
		"provides replaces install_if triggers provider_priority replaces_priority maintainer commit builddate script") {
		if !slices.Contains(what, want) {
			t.Errorf("%s: not among %v", want, found)
		}
	}
}
