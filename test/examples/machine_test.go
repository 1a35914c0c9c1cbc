package examples

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/proc"
)

// machine is what this machine has for builds, seen with the eyes of the account that they run as.
type machine struct {
	cache string // of the build's tools, kept from run to run
	path  string
	as    *builder.Account
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	as, err := builder.FindAccount("", "pakman", "nobody")
	if err != nil {
		t.Skip(err)
	}
	m := &machine{cache: filepath.Join(cacheDir(t), "builds"), path: os.Getenv("PATH"), as: as}
	return m
}

// cacheDir is the user's; root's own is closed to the account that builds run as.
func cacheDir(t *testing.T) string {
	t.Helper()
	dir := "/var/cache"
	if os.Geteuid() != 0 {
		var err error
		if dir, err = os.UserCacheDir(); err != nil {
			t.Skipf("no place for caches: %v", err)
		}
	}
	dir = filepath.Join(dir, "pakman-tests")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Skipf("no place for caches: %v", err)
	}
	return dir
}

func (m *machine) getenv(name string) string {
	if name == "PATH" {
		return m.path
	}
	return os.Getenv(name)
}

// need skips the test where the build could not run tool.
func (m *machine) need(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("%s is not installed", tool)
	}
	if tool == "rustc" || tool == "cargo" {
		m.path = rustTools(t, m.as) + string(os.PathListSeparator) + os.Getenv("PATH")
	}
	// --version for most, version for Go; a wrapper that is there but cannot work fails both
	script := `command -v "$1" >/dev/null && { "$1" --version || "$1" version; } >/dev/null 2>&1`
	_, err := proc.Run(t.Context(), proc.Cmd{
		Path: "/bin/sh", Args: []string{"-c", script, "sh", tool}, Dir: "/",
		Env: []string{"PATH=" + m.path, "HOME=/nonexistent"}, Credential: m.as.Credential(),
	})
	if err != nil {
		t.Skipf("%s does not work for the account that builds run as: %v", tool, err)
	}
}

// rustTools returns the directory of the toolchain itself, without rustup's wrappers, which need the
// user's home. Where that is closed to the account that builds, a tree of hard links stands in.
func rustTools(t *testing.T, as *builder.Account) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "rustc", "--print", "sysroot").Output()
	if err != nil {
		t.Skipf("rustc: %v", err)
	}
	sysroot := strings.TrimSpace(string(out))
	bin := filepath.Join(sysroot, "bin")
	static, err := exec.CommandContext(t.Context(), "cc", "-print-file-name=libc.a").Output()
	if err != nil || !filepath.IsAbs(strings.TrimSpace(string(static))) {
		t.Skip("no C library to link statically: libc.a is not installed")
	}
	_, err = proc.Run(t.Context(), proc.Cmd{Path: "/bin/sh", Args: []string{"-c", `test -x "$1"`, "sh", filepath.Join(bin, "cargo")},
		Dir: "/", Credential: as.Credential()})
	if err == nil {
		return bin
	}
	info, err := os.Stat(filepath.Join(bin, "cargo"))
	if err != nil {
		t.Skipf("no toolchain in %s: %v", sysroot, err)
	}
	linked := filepath.Join(cacheDir(t), "rust-"+info.ModTime().UTC().Format("20060102150405"))
	if _, err := os.Stat(linked); err == nil {
		return filepath.Join(linked, "bin")
	}
	if err := linkToolchain(sysroot, linked); err != nil {
		t.Skipf("the toolchain in %s is closed to the account that builds run as, and cannot be linked elsewhere: %v", sysroot, err)
	}
	return filepath.Join(linked, "bin")
}

// linkToolchain makes target, whole or not at all, of hard links to the programs and libraries.
func linkToolchain(sysroot, target string) error {
	temp, err := os.MkdirTemp(filepath.Dir(target), ".rust-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	for _, part := range []string{"bin", "lib"} {
		err := filepath.WalkDir(filepath.Join(sysroot, part), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(sysroot, path)
			if err != nil {
				return err
			}
			if entry.IsDir() {
				return os.Mkdir(filepath.Join(temp, rel), 0o755)
			}
			return os.Link(path, filepath.Join(temp, rel))
		})
		if err != nil {
			return err
		}
	}
	return os.Rename(temp, target)
}

// registry asks npm once whether its registry answers, without the user's own settings: builds do
// not see them either.
var registry = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ping", "--userconfig=/dev/null", "--fetch-retries=0")
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
})

func (m *machine) needRegistry(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the build downloads npm packages")
	}
	if out, err := registry(); err != nil {
		t.Skipf("npm's registry does not answer: %v\n%s", err, out)
	}
}
