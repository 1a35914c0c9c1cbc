package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// copyOut copies dir of the checkout and lists the copy: "mode path", with the targets of links, without directories.
func (c *checkout) copyOut(dir string, o CopyOptions) (string, []string) {
	c.t.Helper()
	dst := filepath.Join(c.t.TempDir(), "copy")
	o.Getenv = c.getenv
	if err := Copy(c.t.Context(), dst, filepath.Join(c.dir, dir), o); err != nil {
		c.t.Fatal(err)
	}
	return dst, listing(c.t, dst)
}

func listing(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, file)
		if target, err := os.Readlink(file); err == nil {
			out = append(out, "link "+name+" -> "+target)
			return nil
		}
		out = append(out, fmt.Sprintf("%o %s", info.Mode(), name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c *checkout) chmod(name string, mode fs.FileMode) {
	c.t.Helper()
	if err := os.Chmod(filepath.Join(c.dir, name), mode); err != nil {
		c.t.Fatal(err)
	}
}

func (c *checkout) symlink(target, name string) {
	c.t.Helper()
	if err := os.Symlink(target, filepath.Join(c.dir, name)); err != nil {
		c.t.Fatal(err)
	}
}

// tree is one application with all that matters to a copy.
func (c *checkout) tree() {
	c.write(
		"main.go", "package main", "bin/run", "#!/bin/sh", ".env", "SECRET=1", "debug.log", "", "keep.log", "",
		".gitignore", "*.log\n!keep.log\n/dist/\n", "sub/.gitignore", "tmp\n!debug.log\n", "sub/tmp/x", "", "sub/debug.log", "",
		"sub/a b\nc", "",
		"dist/app.js", "built", "dist/app.js.map", "", "docs/a.md", "", "docs/keep.md", "",
		".pakmanignore", ".env\n!/dist\n*.map\n", "out/packages/v3.24/x", "",
	)
	c.chmod("bin/run", 0o700)
	c.symlink("main.go", "link.go")
	c.symlink("/var/lib/app/data", "data")
	c.symlink("../bin/run", "sub/run")
}

func TestCopy(t *testing.T) {
	want := []string{
		"644 .gitignore", "644 .pakmanignore", "%s bin/run", "link data -> /var/lib/app/data", "644 dist/app.js", "644 docs/keep.md",
		"644 keep.log",
		"link link.go -> main.go", "644 main.go", "644 sub/.gitignore", "644 sub/a b\nc", "644 sub/debug.log", "link sub/run -> ../bin/run",
	}
	options := func(c *checkout) CopyOptions {
		return CopyOptions{Outputs: []string{filepath.Join(c.dir, "out")}, Exclude: []string{"docs/*", "!docs/keep.md"}}
	}
	t.Run("git", func(t *testing.T) {
		c := newCheckout(t)
		c.tree()
		c.git("add", "-A")
		c.write("untracked", "")
		c.chmod("main.go", 0o666) // as a checkout with umask 0
		c.chmod("untracked", 0o640)
		dst, got := c.copyOut("", options(c))
		all := slices.Insert(slices.Clone(want), len(want), "640 untracked")
		all[2] = "755 bin/run"
		if diff := cmp.Diff(all, got); diff != "" {
			t.Error(diff)
		}
		if content, err := os.ReadFile(filepath.Join(dst, "main.go")); err != nil || string(content) != "package main" {
			t.Errorf("%q, %v", content, err)
		}
	})
	t.Run("no git", func(t *testing.T) {
		c := outside(t)
		c.tree()
		c.write(".git/config", "token")
		_, got := c.copyOut("", options(c))
		all := slices.Clone(want)
		all[2] = "700 bin/run"
		// dist is taken in by .pakmanignore, and .gitignore is heeded all the same.
		if diff := cmp.Diff(all, got); diff != "" {
			t.Error(diff)
		}
	})
}

// The build may write to its copy, and the copy does not depend on the umask.
func TestCopyIsACopy(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "a", "d/b", "b")
	c.commit()
	old := syscall.Umask(0o077)
	dst, got := c.copyOut("", CopyOptions{})
	syscall.Umask(old)
	if diff := cmp.Diff([]string{"644 a", "644 d/b"}, got); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(filepath.Join(dst, "d")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("directory %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dst, "a"), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(filepath.Join(c.dir, "a")); string(content) != "a" {
		t.Errorf("the original is now %q", content)
	}
}

func TestCopyOfSubdirectory(t *testing.T) {
	c := newCheckout(t)
	c.write(".gitignore", "*.log\n", "app/main.go", "", "app/x.log", "", "other/secret", "")
	c.commit()
	if _, got := c.copyOut("app", CopyOptions{}); !slices.Equal(got, []string{"644 main.go"}) {
		t.Errorf("copied %v", got)
	}
}

// What git reports as one entry: a submodule, one that was not fetched, an untracked checkout, a deleted file, a
// conflict.
func TestCopyOfOddCheckout(t *testing.T) {
	c := newCheckout(t)
	library := *c
	library.dir = filepath.Join(filepath.Dir(c.dir), "library")
	if err := os.Mkdir(library.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	library.git("init", "-q", "-b", "main")
	library.write("lib.go", "", "lib.log", "")
	library.git("add", "lib.go")
	library.git("commit", "-q", "-m", "library")
	for _, name := range []string{"vendor/library", "vendor/absent"} {
		c.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.dir, name)
	}
	c.write("conflict", "1", "deleted", "")
	c.commit()
	c.git("submodule", "--quiet", "deinit", "vendor/absent")
	c.git("checkout", "-q", "-b", "other")
	c.write("conflict", "2")
	c.commit()
	c.git("checkout", "-q", "main")
	c.write("conflict", "3")
	c.commit()
	merge := exec.Command("git", "-C", c.dir, "-c", "user.name=A", "-c", "user.email=a@example.org", "merge", "-q", "other")
	if err := merge.Run(); err == nil {
		t.Fatal("there should be a conflict")
	}
	if err := os.Remove(filepath.Join(c.dir, "deleted")); err != nil {
		t.Fatal(err)
	}
	c.git("clone", "-q", library.dir, filepath.Join(c.dir, "cloned"))
	c.write("vendor/library/.gitignore", "*.log", "vendor/library/x.log", "")
	_, got := c.copyOut("", CopyOptions{Exclude: []string{"vendor/library/.gitignore"}})
	want := []string{"644 .gitmodules", "644 cloned/lib.go", "644 conflict", "644 vendor/library/lib.go"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// The submodule on its own.
	if _, got := c.copyOut("vendor/library", CopyOptions{}); !slices.Equal(got, []string{"644 .gitignore", "644 lib.go"}) {
		t.Errorf("of the submodule: %v", got)
	}
}

func TestCopyIgnoredDirectory(t *testing.T) {
	c := newCheckout(t)
	c.write(".gitignore", "/app\n", "app/main.go", "", "app/tmp/x", "", "app/.gitignore", "tmp/")
	c.commit()
	if _, got := c.copyOut("app", CopyOptions{}); !slices.Equal(got, []string{"644 .gitignore", "644 main.go"}) {
		t.Errorf("copied %v", got)
	}
}

// Empty directories are kept where git does not decide, with their modes.
func TestCopyEmptyDirectory(t *testing.T) {
	c := outside(t)
	c.write("a", "")
	if err := os.Mkdir(filepath.Join(c.dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.chmod("empty", 0o750|fs.ModeSetgid)
	dst, _ := c.copyOut("", CopyOptions{})
	if info, err := os.Stat(filepath.Join(dst, "empty")); err != nil || info.Mode() != fs.ModeDir|0o750 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestCopyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(c *checkout)
		want  string
	}{
		"pipe": {func(c *checkout) {
			if err := syscall.Mkfifo(filepath.Join(c.dir, "sub/pipe"), 0o600); err != nil {
				c.t.Fatal(err)
			}
		}, "sub/pipe is a named pipe"},
		"socket": {func(c *checkout) {
			c.t.Chdir(c.dir) // a socket's path is short
			l, err := net.Listen("unix", "s.sock")
			if err != nil {
				c.t.Fatal(err)
			}
			c.t.Cleanup(func() { _ = l.Close() })
		}, "s.sock is a socket"},
		"link out":      {func(c *checkout) { c.symlink("../../etc/passwd", "sub/out") }, "the link sub/out leads to ../../etc/passwd"},
		"link sideways": {func(c *checkout) { c.symlink("../app2", "out") }, "the link out leads to ../app2"},
	} {
		t.Run(name, func(t *testing.T) {
			co := outside(t)
			co.write("sub/a", "")
			c.spoil(co)
			dst := filepath.Join(t.TempDir(), "copy")
			err := Copy(t.Context(), dst, co.dir, CopyOptions{Getenv: co.getenv})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ".pakmanignore") {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if _, err := os.Lstat(dst); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the copy is left behind: %v", err)
			}
			co.write(".pakmanignore", "out\npipe\n*.sock\n")
			if _, got := co.copyOut("", CopyOptions{}); !slices.Equal(got, []string{"644 .pakmanignore", "644 sub/a"}) {
				t.Errorf("ignored, and yet copied %v", got)
			}
		})
	}
}

// A directory of the index that was replaced by a link leads out of the checkout: nothing there is read.
func TestCopyStaysInside(t *testing.T) {
	c := newCheckout(t)
	c.write("sub/passwd", "mine")
	c.commit()
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "passwd"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(c.dir, "sub")); err != nil {
		t.Fatal(err)
	}
	c.symlink(elsewhere, "sub")
	if _, got := c.copyOut("", CopyOptions{}); !slices.Equal(got, []string{"link sub -> " + elsewhere}) {
		t.Errorf("copied %v", got)
	}
	// The same with the link left out: the file is not to be had.
	if _, got := c.copyOut("", CopyOptions{Exclude: []string{"/sub"}}); len(got) > 0 {
		t.Errorf("copied %v", got)
	}
}

func TestCopyCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, start := range map[string]func(*testing.T) *checkout{"git": newCheckout, "no git": outside} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.write("a", "")
			dst := filepath.Join(t.TempDir(), "copy")
			if err := Copy(ctx, dst, c.dir, CopyOptions{Getenv: c.getenv}); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if _, err := os.Lstat(dst); !errors.Is(err, fs.ErrNotExist) {
				t.Error("the copy is left behind")
			}
		})
	}
}

func TestCopyBadDirectories(t *testing.T) {
	c := outside(t)
	c.write("a", "")
	if err := Copy(t.Context(), c.dir, c.dir, CopyOptions{}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("onto itself: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(c.dir, "a")); err != nil {
		t.Errorf("the original is gone: %v", err)
	}
	if err := Copy(t.Context(), filepath.Join(t.TempDir(), "x"), filepath.Join(c.dir, "absent"), CopyOptions{}); !errors.Is(err,
		fs.ErrNotExist) {
		t.Errorf("from nowhere: %v", err)
	}
	// Into itself: the copy is no part of the copy.
	inner := filepath.Join(c.dir, "work/copy")
	if err := Copy(t.Context(), inner, c.dir, CopyOptions{Getenv: c.getenv}); err != nil {
		t.Fatal(err)
	}
	if got := listing(t, inner); !slices.Equal(got, []string{"644 a"}) {
		t.Errorf("copied into itself: %v", got)
	}
}

func TestKeepGit(t *testing.T) {
	const token = "x-access-token-secret"
	arrange := func(t *testing.T) (*checkout, string) {
		t.Helper()
		c := newCheckout(t)
		c.write("app/a", "a", ".gitignore", "*.log", ".git/hooks/post-checkout", "#!/bin/sh\n")
		head := c.commit("v1.0.0")
		c.git("remote", "add", "origin", "https://"+token+"@github.com/acme/blog.git")
		c.git("config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic "+token)
		return c, head
	}
	check := func(t *testing.T, c *checkout, dst, head string) {
		t.Helper()
		copied := *c
		copied.dir = dst
		if got := copied.git("describe", "--tags"); got != "v1.0.0" {
			t.Errorf("git describe says %s in the copy", got)
		}
		if got := copied.git("rev-parse", "HEAD"); got != head {
			t.Errorf("HEAD is %s, want %s", got, head)
		}
		if got := copied.git("remote", "get-url", "origin"); got != "https://github.com/acme/blog" {
			t.Errorf("origin is %s", got)
		}
		if out, err := exec.Command("grep", "-r", token, dst).CombinedOutput(); err == nil {
			t.Errorf("the token is in the copy: %s", out)
		}
		if _, err := os.Lstat(filepath.Join(dst, ".git/hooks")); err == nil {
			t.Error("the hooks are in the copy")
		}
	}
	t.Run("root", func(t *testing.T) {
		c, head := arrange(t)
		dst, _ := c.copyOut("", CopyOptions{KeepGit: true})
		check(t, c, dst, head)
		copied := *c
		copied.dir = dst
		if got := copied.git("status", "--porcelain"); got != "" {
			t.Errorf("the copy is dirty: %s", got)
		}
	})
	t.Run("subdirectory", func(t *testing.T) {
		c, head := arrange(t)
		dst, _ := c.copyOut("app", CopyOptions{KeepGit: true})
		check(t, c, dst, head)
	})
	t.Run("worktree", func(t *testing.T) {
		c, head := arrange(t)
		tree := *c
		tree.dir = filepath.Join(filepath.Dir(c.dir), "tree")
		c.git("worktree", "add", "-q", "--detach", tree.dir, head)
		c.write("later", "")
		c.commit("v2.0.0")
		dst, _ := tree.copyOut("", CopyOptions{KeepGit: true})
		check(t, c, dst, head)
		if f := tree.inspect(""); f.Commit != head || f.Tag != "v1.0.0" {
			t.Errorf("the worktree is %s, %s", f.Commit, f.Tag)
		}
	})
	t.Run("outside git", func(t *testing.T) {
		c := outside(t)
		c.write("a", "")
		if _, got := c.copyOut("", CopyOptions{KeepGit: true}); !slices.Equal(got, []string{"644 a"}) {
			t.Errorf("copied %v", got)
		}
	})
	t.Run("git missing", func(t *testing.T) {
		c, _ := arrange(t)
		c.env["PATH"] = ""
		err := Copy(t.Context(), filepath.Join(t.TempDir(), "copy"), c.dir, CopyOptions{KeepGit: true, Getenv: c.getenv})
		if err == nil || !strings.Contains(err.Error(), "no git on PATH") {
			t.Errorf("error %v", err)
		}
	})
}
