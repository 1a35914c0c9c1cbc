package apkbuild

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/recipe"
)

// runPackage runs package() as abuild does, with chown recorded in place of carried out. It gives what lies in $pkgdir
// as "mode path", the chown calls, and what was printed.
func runPackage(t *testing.T, shell []string, r *recipe.Recipe, app map[string]string) (tree, chowns []string, out string, err error) {
	t.Helper()
	d, err := Render(r)
	if err != nil {
		t.Fatal(err)
	}
	start := t.TempDir()
	if err := d.Write(start); err != nil {
		t.Fatal(err)
	}
	for _, f := range d[1:] {
		if err := os.MkdirAll(filepath.Join(start, "src"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(start, f.Name), filepath.Join(start, "src", f.Name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, body := range app {
		mode := os.FileMode(0o644)
		if plain, octal, ok := strings.Cut(name, ":"); ok {
			number, err := strconv.ParseUint(octal, 8, 32)
			if err != nil {
				t.Fatal(err)
			}
			name, mode = plain, os.FileMode(number)
		}
		path := filepath.Join(start, AppDir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(body, "-> "); ok {
			err = os.Symlink(target, path)
		} else {
			err = errors.Join(os.WriteFile(path, []byte(body), mode), os.Chmod(path, mode))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	script := `set -e; umask 022; startdir=$1 srcdir=$1/src pkgdir=$1/pkg; . "$1/APKBUILD"
chown() { printf '%s\n' "$*" | sed "s,$pkgdir,," >> "$startdir/chowns"; }
cd "$builddir"; package`
	printed, err := exec.Command(shell[0], append(shell[1:], "-c", script, "sh", start)...).CombinedOutput()
	if body, readErr := os.ReadFile(filepath.Join(start, "chowns")); readErr == nil {
		chowns = strings.Split(strings.TrimSpace(string(body)), "\n")
	}
	return listTree(t, filepath.Join(start, "pkg")), chowns, string(printed), err
}

func listTree(t *testing.T, root string) []string {
	t.Helper()
	var tree []string
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == root {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		tree = append(tree, info.Mode().String()+" "+strings.TrimPrefix(path, root))
		return nil
	})
	return tree
}

func TestPackageS6(t *testing.T) {
	app := map[string]string{
		"server.js": "x", "my file": "x", ".hidden": "x", ".bundle/.config": "x", "node_modules/a/.git/HEAD": "x",
		"node_modules/a/.keep": "x",
		"bin/kiosk":            "x", "link": "-> server.js", "service/extra": "x", "_build/prod/rel/my app/releases/1": "x",
	}
	for _, shell := range shells(t) {
		tree, chowns, out, err := runPackage(t, shell, nodeService(), app)
		if err != nil || out != "" {
			t.Fatalf("%v: %v\n%s", shell, err, out)
		}
		for _, want := range []string{
			"-rw-r--r-- /var/lib/kiosk/server.js", "-rw-r--r-- /var/lib/kiosk/my file", "-rw-r--r-- /var/lib/kiosk/.bundle/.config",
			"-rw-r--r-- /var/lib/kiosk/node_modules/a/.keep", "Lrwxrwxrwx /var/lib/kiosk/link", "-rw-r--r-- /var/lib/kiosk/releases/1",
			"-rw-r--r-- /var/lib/kiosk/bin/kiosk", "-rwxr-xr-x /var/lib/kiosk/bin/environment", "-rwxr-xr-x /var/lib/kiosk/bin/env-exec",
			"-rwxr-xr-x /var/lib/kiosk/service/run", "-rwxr-xr-x /var/lib/kiosk/service/finish",
			"-rwxr-xr-x /var/lib/kiosk/service/log/run",
			"-rwxr-xr-x /etc/init.d/kiosk", "-rw-r--r-- /etc/conf.d/kiosk", "Lrwxrwxrwx /var/svc.d/kiosk", "dtrwxrwxr-x /var/lib/kiosk",
		} {
			if !slices.Contains(tree, want) {
				t.Errorf("%v: %q is missing in\n%s", shell, want, strings.Join(tree, "\n"))
			}
		}
		for _, entry := range tree {
			if strings.Contains(entry, ".git") || strings.HasSuffix(entry, "/.hidden") {
				t.Errorf("%v: %q is packaged", shell, entry)
			}
		}
		wantOwners := []string{"-R kiosk:kiosk /var/lib/kiosk", "root:kiosk /var/lib/kiosk", "root:root /var/lib/kiosk/bin",
			"-R root:root /var/lib/kiosk/service"}
		if diff := cmp.Diff(wantOwners, chowns); diff != "" {
			t.Errorf("%v: owners (-want +got)\n%s", shell, diff)
		}
	}
}

func TestPackageDestinations(t *testing.T) {
	app := map[string]string{"dist/bin/tool": "x", "dist/index.html": "x", "-n1": "x", "release/app": "x", "current": "-> release",
		"a b/c$d.js": "x"}
	for _, tc := range []struct {
		destination string
		want        []string // below /var/lib/brochure
		message     string
	}{
		{"dist", []string{"dist", "dist/bin", "dist/bin/tool", "dist/index.html"}, ""},
		{"./dist/", []string{"dist", "dist/bin", "dist/bin/tool", "dist/index.html"}, ""},
		{"dist/bin", []string{"bin", "bin/tool"}, ""},
		{"dist/*", []string{"bin", "bin/tool", "index.html"}, ""},
		{"dist/. ", []string{"bin", "bin/tool", "index.html"}, ""},
		{"-n*", []string{"-n1"}, ""},
		{"current", []string{"current", "current/app"}, ""},
		{"curren?", []string{"current"}, ""},
		{"a b/c$d*", []string{"c$d.js"}, ""},
		{"gone", nil, "build.destinations: gone: nothing matches after the build\n"},
		{"gone/*.js", nil, "build.destinations: gone/*.js: nothing matches after the build\n"},
	} {
		r := recipes()["static"]
		r.Destinations = []string{tc.destination}
		tree, _, out, err := runPackage(t, []string{"sh"}, r, app)
		if out != tc.message || (err != nil) != (tc.message != "") {
			t.Errorf("%q: %v, printed %q, want %q", tc.destination, err, out, tc.message)
		}
		var got []string
		for _, entry := range tree {
			if _, below, ok := strings.Cut(entry, " /var/lib/brochure/"); ok {
				got = append(got, below)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tc.destination, diff)
		}
	}
}

func TestPackageFiles(t *testing.T) {
	app := map[string]string{"bin/atlas": "x", "maps/eu.map": "x", "atlas.conf": "x", "icons/.hidden": "x", "icons/pin": "x"}
	r := recipes()["subpackages"]
	r.Files[1].Mode = "0700"
	tree, chowns, out, err := runPackage(t, []string{"sh"}, r, app)
	if err != nil || out != "" {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"-rw-r----- /etc/atlas/atlas.conf", "drwx------ /usr/share/atlas/icons",
		"-rw-r--r-- /usr/share/atlas/icons/.hidden"} {
		if !slices.Contains(tree, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(tree, "\n"))
		}
	}
	if diff := cmp.Diff([]string{"-R root:atlas /etc/atlas/atlas.conf"}, chowns); diff != "" {
		t.Errorf("owners (-want +got)\n%s", diff)
	}
	delete(app, "atlas.conf")
	if _, _, out, err := runPackage(t, []string{"sh"}, r, app); err == nil ||
		out != "files: atlas.conf: it does not exist after the build\n" {
		t.Errorf("a missing file: %v, %q", err, out)
	}
}

func TestPackageCustom(t *testing.T) {
	r := recipes()["custom-package-service"]
	r.Package.Text = "install -Dm755 daemon \"$pkgdir\"/usr/sbin/daemon\ncd /; return 0"
	tree, _, out, err := runPackage(t, []string{"sh"}, r, map[string]string{"daemon": "x"})
	if err != nil || out != "" {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"-rwxr-xr-x /usr/sbin/daemon", "-rwxr-xr-x /etc/init.d/daemon", "drwxr-xr-x /var/lib/daemon"} {
		if !slices.Contains(tree, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(tree, "\n"))
		}
	}
}

// TestPackageWritable has code that belongs to root, and data that belongs to the service.
func TestPackageWritable(t *testing.T) {
	r := goService()
	r.CodeOfRoot, r.Writable = true, []string{"storage/my files", "tmp"}
	for _, shell := range shells(t) {
		tree, chowns, out, err := runPackage(t, shell, r, map[string]string{"bin/hello": "x", "bin/tmp": "x"})
		if err != nil || out != "" {
			t.Fatalf("%v: %v\n%s", shell, err, out)
		}
		want := []string{"-R root:hello /var/lib/hello", "-R hello:hello /var/lib/hello/storage/my files", "-R hello:hello /var/lib/hello/tmp", "root:hello /var/lib/hello"}
		if diff := cmp.Diff(want, chowns); diff != "" {
			t.Errorf("%v: owners (-want +got)\n%s", shell, diff)
		}
		if !slices.Contains(tree, "drwxr-xr-x /var/lib/hello/storage/my files") {
			t.Errorf("%v: no directory in\n%s", shell, strings.Join(tree, "\n"))
		}
	}
}

// TestPackageReadable has code with odd permissions: the service, whose group it has, may read it and not write.
func TestPackageReadable(t *testing.T) {
	r := goService()
	r.CodeOfRoot = true
	tree, _, out, err := runPackage(t, []string{"sh"}, r, map[string]string{"bin/hello:700": "x", "bin/secret:600": "x", "bin/shared:664": "x"})
	if err != nil || out != "" {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"-rw-r----- /var/lib/hello/bin/secret", "-rw-r--r-- /var/lib/hello/bin/shared",
		"-rwxr-x--- /var/lib/hello/bin/hello"} {
		if !slices.Contains(tree, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(tree, "\n"))
		}
	}
}
