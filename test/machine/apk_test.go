//go:build linux

package machine

import (
	"archive/tar"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// program builds pakman once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pakman-machine-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "pakman")
	out, err := exec.Command("go", "build", "-o", file, "github.com/pakman/build").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // machines wait more than they work
	code := m.Run()
	if file, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

// build makes the packages of an application of these files, of which "-> TARGET" is a link. They are by name: the application's,
// and -openrc.
func build(t *testing.T, version string, files map[string]string) map[string]string {
	t.Helper()
	tool, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, output := t.TempDir(), t.TempDir()
	for name, body := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		write := func() error { return os.WriteFile(file, []byte(body), 0o755) }
		if target, isLink := strings.CutPrefix(body, "-> "); isLink {
			write = func() error { return os.Symlink(target, file) }
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), tool, "build", dir, "--builder", "native", "--output", output, "--version", version,
		"--key-name", "machine.rsa")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pakman build: %v\n%s", err, out)
	}
	found := map[string]string{}
	err = filepath.WalkDir(output, func(file string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(file, ".apk") {
			name, _, _ := strings.Cut(filepath.Base(file), "-"+version)
			found[name] = file
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("packages %v: %v", found, err)
	}
	return found
}

// installed is what apk knows of a package.
type installed struct {
	version string
	built   int64 // Unix seconds
	paths   []string
	files   []string // those of the paths that are no directories
	scripts map[string]string
	trigger bool
}

// client installs packages as apk does: scripts around the files of each package, in the given order, and the triggers
// at the end.
type client struct {
	*machine
	packages   map[string]installed
	keepOwners bool // of directories that exist, as apk 3 does
}

func newClient(m *machine) *client { return &client{machine: m, packages: map[string]installed{}} }

// add installs or upgrades packages in this order. It returns what the scripts wrote to stderr, and whether all succeeded.
func (c *client) add(files ...string) (stderr string, ok bool) {
	c.t.Helper()
	ok = true
	var upgraded []string
	for _, file := range files {
		errs, good := c.addOne(file, &upgraded)
		stderr, ok = stderr+errs, ok && good
	}
	for _, name := range upgraded {
		if p := c.packages[name]; p.trigger {
			errs, good := c.script(p, ".trigger", "/var/lib/"+name)
			stderr, ok = stderr+errs, ok && good
		}
	}
	return stderr, ok
}

func (c *client) addOne(file string, upgraded *[]string) (stderr string, ok bool) {
	c.t.Helper()
	pkg, err := apk.ReadFile(file)
	c.must(err)
	name := pkg.Info.Name
	old, upgrade := c.packages[name]
	now := installed{version: pkg.Info.Version, built: pkg.Info.BuildDate, scripts: map[string]string{},
		trigger: len(pkg.Info.Triggers) > 0}
	for _, s := range pkg.Scripts {
		now.scripts[s.Name] = string(s.Body)
	}
	pre, post, args := ".pre-install", ".post-install", []string{now.version}
	if upgrade {
		pre, post, args = ".pre-upgrade", ".post-upgrade", []string{now.version, old.version}
	}
	stderr, ok = c.script(now, pre, args...)
	if !ok {
		return stderr, false // apk does not go on with the package
	}
	f, err := os.Open(file)
	c.must(err)
	defer func() { _ = f.Close() }()
	_, err = apk.Files(f, func(h *tar.Header, content io.Reader) error {
		now.paths = append(now.paths, path.Clean(h.Name))
		if h.Typeflag != tar.TypeDir {
			now.files = append(now.files, path.Clean(h.Name))
		}
		return c.extract(h, content)
	})
	c.must(err)
	c.remove(old.paths, now.paths)
	c.packages[name] = now
	c.writeDatabase()
	*upgraded = append(*upgraded, name)
	errs, good := c.script(now, post, args...)
	return stderr + errs, good
}

// del removes packages.
func (c *client) del(names ...string) (stderr string, ok bool) {
	c.t.Helper()
	ok = true
	for _, name := range names {
		old := c.packages[name]
		errs, good := c.script(old, ".pre-deinstall", old.version)
		stderr, ok = stderr+errs, ok && good
		c.remove(old.paths, nil)
		delete(c.packages, name)
		c.writeDatabase()
		errs, good = c.script(old, ".post-deinstall", old.version)
		stderr, ok = stderr+errs, ok && good
	}
	return stderr, ok
}

// writeDatabase writes what is installed as apk does, for the scripts that read it.
func (c *client) writeDatabase() {
	c.t.Helper()
	var text strings.Builder
	for name, p := range c.packages {
		origin, _, _ := strings.Cut(name, "-openrc")
		fmt.Fprintf(&text, "P:%s\nV:%s\no:%s\nt:%d\n", name, p.version, origin, p.built)
		for _, file := range p.paths { // a directory stands there also without a file
			if slices.Contains(p.files, file) {
				fmt.Fprintf(&text, "F:%s\nR:%s\n", path.Dir(file), path.Base(file))
			} else {
				fmt.Fprintf(&text, "F:%s\n", file)
			}
		}
		fmt.Fprintln(&text)
	}
	c.write("lib/apk/db/installed", text.String())
}

// script runs a package's script, if it has it.
func (c *client) script(p installed, name string, args ...string) (stderr string, ok bool) {
	c.t.Helper()
	body, has := p.scripts[name]
	if !has {
		return "", true
	}
	c.write("tmp/script", body)
	_, errs, code := c.run(`/tmp/script "$@"`, args...)
	return errs, code == 0
}

// remove removes what old has and kept has not, the deepest first; directories that are not empty stay.
func (c *client) remove(old, kept []string) {
	for _, name := range slices.Backward(slices.Sorted(slices.Values(old))) {
		if !slices.Contains(kept, name) {
			_ = os.Remove(filepath.Join(c.root, name)) // a directory may hold other files
		}
	}
}

// extract writes one entry with the owner that the machine knows by this name.
func (c *client) extract(h *tar.Header, content io.Reader) error {
	file := filepath.Join(c.root, path.Clean(h.Name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		err := os.Mkdir(file, 0o755)
		switch exists := errors.Is(err, fs.ErrExist); {
		case exists && c.keepOwners:
			return nil
		case err != nil && !exists:
			return err
		}
	case tar.TypeSymlink:
		_ = os.Remove(file)
		return os.Symlink(h.Linkname, file)
	default:
		_ = os.Remove(file)
		body, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		if err := errors.Join(os.WriteFile(file, body, 0o600), os.Chtimes(file, h.ModTime, h.ModTime)); err != nil {
			return err
		}
	}
	if err := os.Chown(file, c.id("etc/passwd", h.Uname), c.id("etc/group", h.Gname)); err != nil {
		return err
	}
	return os.Chmod(file, h.FileInfo().Mode())
}

// id looks a name up; unknown names are root, as in apk.
func (c *client) id(table, name string) int {
	for line := range strings.Lines(read(c.t, filepath.Join(c.root, table))) {
		if fields := strings.Split(line, ":"); fields[0] == name {
			return atoi(c.t, fields[2])
		}
	}
	return 0
}

// clean fails the test if apk said anything on stderr, or failed: the platform takes both for a failure.
func (c *client) clean(stderr string, ok bool) {
	c.t.Helper()
	if stderr != "" || !ok {
		c.t.Errorf("success %t, on stderr %q", ok, stderr)
	}
}
