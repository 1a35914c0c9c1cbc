package trial

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
)

// pack makes a package of a directory tree.
func pack(t *testing.T, info apk.Info, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, link := strings.CutPrefix(text, "-> "); link {
			if err := os.Symlink(target, at); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(at, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), info.Filename())
	info.Version, info.License, info.Description, info.Size = "1.0-r0", "MIT", "x", 1
	if _, err := apk.Create(context.Background(), path, info, nil, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	return path
}

// The services of finished packages are those that init scripts start, each package once.
func TestInitScripts(t *testing.T) {
	one := pack(t, apk.Info{Name: "till", Arch: "noarch"}, map[string]string{"usr/bin/till": "x"})
	openrc := pack(t, apk.Info{Name: "till-openrc", Arch: "noarch"},
		map[string]string{"etc/init.d/till": "x", "etc/init.d/till.web": "-> till", "etc/init.d/till.job": "-> till"})
	unique, names, services, err := InitScripts([]string{one, openrc, openrc})
	if err != nil || len(unique) != 2 || len(names) != 2 {
		t.Fatal(unique, names, err)
	}
	if got := services["till"]; len(services) != 1 || len(got) != 2 || got[0].Name != "job" || got[1].Name != "web" {
		t.Errorf("%v", services)
	}
}

// A package for another processor is told apart from one that does not work.
func TestForeign(t *testing.T) {
	arch := "riscv64"
	if apk.HostArch() == arch {
		arch = "s390x"
	}
	file := pack(t, apk.Info{Name: "till", Arch: arch}, map[string]string{"usr/bin/till": "x"})
	m := &machine{path: filepath.Join(t.TempDir(), "root"), name: "till"}
	if err := m.install([]string{file}); err == nil || !strings.Contains(err.Error(), "is for "+arch) {
		t.Error(err)
	}
}

// A package cannot write outside of the root directory, whatever its links and names are.
func TestUnpackStaysInside(t *testing.T) {
	outside := t.TempDir()
	first := pack(t, apk.Info{Name: "first", Arch: "noarch"}, map[string]string{"lib": "-> " + outside, "up": "-> ../../" + outside})
	for _, name := range []string{"lib/made", "up/made"} {
		second := pack(t, apk.Info{Name: "second", Arch: "noarch"}, map[string]string{name: "x"})
		m := &machine{path: filepath.Join(t.TempDir(), "root"), name: "first"}
		if err := m.install([]string{first, second}); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

// A page counts by its status, a redirect is not followed, and a port that nobody listens on is told.
func TestAsk(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		w.Header().Set("Location", "/500")
		w.WriteHeader(status)
	}))
	defer server.Close()
	address, _ := server.Listener.Addr().(*net.TCPAddr)
	port := address.Port
	for path, want := range map[string]bool{"/200": true, "/302": true, "/404": false, "/500": false, "": true} {
		if answer, well := (order{Health: &recipe.Health{Path: path, Port: port}}).ask(time.Second); well != want {
			t.Errorf("%s: %s", path, answer)
		}
	}
	server.Close()
	for _, path := range []string{"/", ""} {
		answer, well := (order{Health: &recipe.Health{Path: path, Port: port}}).ask(time.Second)
		if well || !strings.Contains(answer, "nothing answers on port") {
			t.Errorf("%q: %s", path, answer)
		}
	}
}

// Of the machine's settings, those are not copied that are hidden, whatever link names them.
func TestSettings(t *testing.T) {
	const name = "etc/passwd"
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/etc", link); err != nil {
		t.Fatal(err)
	}
	for hide, want := range map[string]bool{"": true, "/etc/passwd": false, "/etc/pass": true, link + "/passwd": false, link: false} {
		dir, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		m := &machine{dir: dir, hide: resolved([]string{hide})}
		if err := errors.Join(dir.Mkdir("etc", 0o755), m.settings("etc")); err != nil {
			t.Fatal(err)
		}
		if _, err := dir.Stat(name); (err == nil) != want {
			t.Errorf("with %q hidden: %v", hide, err)
		}
		_ = dir.Close()
	}
	if !slices.Contains(hidden(), "/nix/var") {
		t.Error("the socket of Nix's daemon is not hidden")
	}
}

// A link or a file of a package stays in the place of a directory of the machine's settings, and a link in that of its own.
func TestNoDirectoryInPlaceOfLink(t *testing.T) {
	settings, err := os.ReadDir("/etc")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"var/log/till": "-> /srv/log"}
	for i, e := range settings {
		if e.IsDir() {
			files["etc/"+e.Name()] = []string{"-> /srv/settings", "-> ../none", "text"}[i%3]
		}
	}
	m := &machine{path: filepath.Join(t.TempDir(), "root"), name: "till"}
	if err := m.install([]string{pack(t, apk.Info{Name: "till", Arch: "noarch"}, files)}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.dir.Close() }()
	for name, text := range files {
		if info, err := m.dir.Lstat(name); err != nil || info.IsDir() || info.Mode().IsRegular() != (text == "text") {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
