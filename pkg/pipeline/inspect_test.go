package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// startsNothing are the rules of an application without services, commands and pages.
var startsNothing = programRules{plan: &Plan{Config: &config.File{}, Recipe: &recipe.Recipe{}}}

// pack makes a package of the entries: a name, and a link's target or "" for a file.
func pack(t *testing.T, entries map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, target := range entries {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target == "" {
			err = os.WriteFile(path, []byte("x"), 0o644)
		} else {
			err = os.Symlink(target, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "p.apk")
	info := apk.Info{Name: "p", Version: "1-r0", Description: "p", URL: "https://example.org", License: "MIT", Arch: "noarch", Origin: "p"}
	if _, err := apk.Create(context.Background(), file, info, nil, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestInspect(t *testing.T) {
	file := pack(t, map[string]string{
		"app/server": "", "app/.env": "", "app/.env.example": "", "app/.git/HEAD": "", "app/.npmrc": "",
		"app/current": "server", "app/gone": "../nowhere", "app/etc": "/etc/app.conf",
		"lib/real/file": "", "lib/alias": "real", "lib/through": "alias/file", "lib/lost": "alias/no", "lib/loop": "loop/x",
		"lib/out": "/elsewhere", "lib/far": "out/file",
	})
	var got []string
	_, err := inspect([]string{file}, "/build/dir", secretRules{}, startsNothing, func(f config.Fault) { got = append(got, f.Message) })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"the package holds /app/.env, which usually holds secrets",
		"the package holds /app/.git, what git keeps",
		"the package holds /app/.npmrc, which usually holds a key or a token",
		"the link /app/gone leads to ../nowhere, which is not in the package",
		"the link /lib/loop leads to loop/x, which is not in the package",
		"the link /lib/lost leads to alias/no, which is not in the package",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInspectRefusesLinksIntoTheBuild(t *testing.T) {
	file := pack(t, map[string]string{"app/file": "", "app/link": "/build/dir/app/file", "app/other": "/build/directory"})
	_, err := inspect([]string{file}, "/build/dir", secretRules{}, startsNothing, func(config.Fault) {})
	if err == nil || !strings.Contains(err.Error(), "/app/link → /build/dir/app/file") || strings.Contains(err.Error(), "/app/other") {
		t.Errorf("%v", err)
	}
}

// What everybody may write to is told, for links and sticky directories it is no matter.
func TestInspectModes(t *testing.T) {
	root := t.TempDir()
	for name, mode := range map[string]os.FileMode{"open": 0o777, "shared": 0o777 | os.ModeSticky, "closed": 0o755} {
		dir := filepath.Join(root, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, perm := range map[string]os.FileMode{"666": 0o666, "644": 0o644} {
			path := filepath.Join(dir, file)
			if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, perm)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.Symlink("644", filepath.Join(dir, "link")), os.Chmod(dir, mode)); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "p.apk")
	info := apk.Info{Name: "p", Version: "1-r0", Description: "p", URL: "https://example.org", License: "MIT", Arch: "noarch", Origin: "p"}
	if _, err := apk.Create(context.Background(), file, info, nil, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	var got []string
	if _, err := inspect([]string{file}, "/build/dir", secretRules{}, startsNothing, func(f config.Fault) {
		got = append(got, strings.Fields(f.Message)[7])
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/closed/666:", "/open:", "/open/666:", "/shared/666:"}, got); diff != "" {
		t.Error(diff)
	}
}
