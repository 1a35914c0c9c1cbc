package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Checkouts of every kind are read as git itself reads them: the commit, and whether tracked files were changed.
func TestKindsOfCheckout(t *testing.T) {
	for name, arrange := range map[string]func(c *checkout){
		"packed":      func(c *checkout) { c.git("gc", "-q"); c.git("pack-refs", "--all", "--prune") },
		"split index": func(c *checkout) { c.git("update-index", "--split-index") },
		"index, version 4": func(c *checkout) {
			c.git("update-index", "--index-version", "4")
		},
		"sparse": func(c *checkout) { c.git("sparse-checkout", "set", "sub") },
		"sparse index": func(c *checkout) {
			c.git("sparse-checkout", "set", "--cone", "--sparse-index", "sub")
		},
		"HEAD is a link": func(c *checkout) {
			head := filepath.Join(c.dir, ".git/HEAD")
			if err := errors.Join(os.Remove(head), os.Symlink("refs/heads/main", head)); err != nil {
				c.t.Fatal(err)
			}
		},
		".git is elsewhere": func(c *checkout) {
			c.git("init", "-q", "--separate-git-dir", filepath.Join(filepath.Dir(c.dir), "real"))
		},
		"line ends": func(c *checkout) { c.git("config", "core.autocrlf", "input"); c.write("other/c.txt", "3\r\n") },
		"modes":     func(c *checkout) { c.git("config", "core.fileMode", "false"); c.chmod("other/c.txt", 0o755) },
		"partial": func(c *checkout) {
			c.git("config", "core.repositoryFormatVersion", "1")
			c.git("config", "extensions.partialClone", "origin")
			c.git("config", "remote.origin.promisor", "true")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			c.write("a.txt", "1\n", "sub/b.txt", "2\n", "other/c.txt", "3\n")
			head := c.commit("v1.0.0")
			arrange(c)
			f := c.inspect("sub")
			if f.Commit != head || f.Tag != "v1.0.0" || f.Dirty || f.Subdirectory != "sub" {
				t.Errorf("%+v", f)
			}
			want := strings.Fields(c.git("ls-files"))
			want = slices.DeleteFunc(want, func(file string) bool { _, err := os.Lstat(filepath.Join(c.dir, file)); return err != nil })
			got, err := Find(t.Context(), c.dir, c.getenv, "a.txt", "b.txt", "c.txt")
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%v, %v; want %v", got, err, want)
			}
			c.write("sub/b.txt", "changed\n")
			if !c.inspect("").Dirty {
				t.Error("a changed file is not seen")
			}
		})
	}
}

func TestSHA256Checkout(t *testing.T) {
	c := outside(t)
	c.git("init", "-q", "-b", "main", "--object-format=sha256")
	c.write("a", "1")
	head := c.commit("v1.0.0")
	if f := c.inspect(""); f.Commit != head || len(head) != 64 || f.Dirty || f.Tag != "v1.0.0" {
		t.Errorf("%+v", f)
	}
	dst, _ := c.copyOut("", CopyOptions{KeepGit: true})
	copied := *c
	copied.dir = dst
	if got := copied.git("rev-parse", "HEAD"); got != head {
		t.Errorf("the copy stands at %s", got)
	}
}

// A work tree of a repository without one of its own, as some people lay it out.
func TestWorkTreeOfBareRepository(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "1")
	head := c.commit("v1.0.0")
	base := filepath.Dir(c.dir)
	c.git("clone", "-q", "--bare", c.dir, filepath.Join(base, "project/.bare"))
	project := *c
	project.dir = filepath.Join(base, "project")
	project.write(".git", "gitdir: ./.bare\n")
	project.git("worktree", "add", "-q", filepath.Join(project.dir, "main"), "main")
	if f := project.inspect("main"); f.Commit != head || f.Dirty || f.Subdirectory != "" {
		t.Errorf("%+v", f)
	}
}

// Changes in a submodule count, of files and of the commit.
func TestDirtySubmodule(t *testing.T) {
	h := newHostile(t)
	h.submodule()
	for _, args := range [][]string{{"config"}, {"config", "-f", ".gitmodules"}} { // not heeded: what is built is what counts
		h.git(append(args, "submodule.lib.ignore", "all")...)
	}
	h.commit()
	if h.inspect("").Dirty {
		t.Error("dirty from the beginning")
	}
	h.write("lib/lib.txt", "9")
	if !h.inspect("").Dirty {
		t.Error("a changed file of a submodule is not seen")
	}
	h.git("-C", "lib", "commit", "-q", "-a", "-m", "in the submodule")
	if !h.inspect("").Dirty || h.inspect("sub").Dirty {
		t.Error("another commit of a submodule")
	}
	h.commit()
	if h.inspect("").Dirty {
		t.Error("dirty after the commit")
	}
}

// git compares a file of Git LFS after the filter, which is not run here: what it would say is found out otherwise.
func TestDirtyWithFilters(t *testing.T) {
	c := newCheckout(t)
	content := "a large file\n"
	pointer := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", sha256.Sum256([]byte(content)),
		len(content))
	c.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n*.key filter=git-crypt\n", "a.bin", pointer, "a.key", "encrypted",
		"a.txt", "1")
	c.commit()
	c.write("a.bin", content, "a.key", "decrypted") // as the filters leave the files at checkout
	if c.inspect("").Dirty {
		t.Error("dirty although only filters changed files")
	}
	c.write("a.bin", "A large file\n")
	if !c.inspect("").Dirty {
		t.Error("a changed file of Git LFS is not seen")
	}
	c.write("a.bin", content, "a.txt", "2")
	if !c.inspect("").Dirty {
		t.Error("a changed file beside filtered ones is not seen")
	}
}

// The user's own ignore file counts, wherever the configuration has it.
func TestUsersIgnoreFile(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "", "x.swp", "", ".idea", "")
	for _, file := range []string{filepath.Join(c.env["HOME"], ".config/git/ignore"), filepath.Join(c.env["HOME"], "mine")} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("*.swp\n.idea\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, got := c.copyOut("", CopyOptions{}); !slices.Equal(got, []string{"644 a"}) {
			t.Errorf("copied %v", got)
		}
		if err := errors.Join(os.Remove(file), os.WriteFile(filepath.Join(c.env["HOME"], ".gitconfig"),
			[]byte("[core]\n\texcludesFile = ~/mine\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// A repository that leads to another user's is not read by root.
func TestForeignRepository(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can read the repositories of others")
	}
	c := newCheckout(t)
	c.write("a", "private")
	c.commit()
	link := *c
	link.dir = filepath.Join(filepath.Dir(c.dir), "theirs")
	link.write(".git", "gitdir: "+c.dir+"/.git\n")
	if err := errors.Join(os.Chown(link.dir, 12345, 12345), os.Chown(filepath.Join(link.dir, ".git"), 12345, 12345)); err != nil {
		t.Fatal(err)
	}
	_, err := Inspect(t.Context(), link.dir, c.getenv)
	if err == nil || !strings.Contains(err.Error(), "belongs to the user with uid 12345") {
		t.Errorf("error %v", err)
	}
}

// A checkout of another user's is read, as in a container, where the workspace belongs to the runner.
func TestCheckoutOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	c := newCheckout(t)
	c.write("a", "")
	head := c.commit("v1.0.0")
	err := filepath.WalkDir(c.dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, 12345, 12345))
	})
	if err != nil {
		t.Fatal(err)
	}
	if f := c.inspect(""); f.Commit != head || f.Tag != "v1.0.0" {
		t.Errorf("%+v", f)
	}
}

// A named pipe where git or PAKman expects a file does not make them wait for ever.
func TestNamedPipes(t *testing.T) {
	for _, name := range []string{".git/HEAD", ".git/config", ".git/index", ".git/packed-refs", ".pakmanignore", "a"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			c.write("a", "")
			c.commit()
			c.pipe(name)
			ended := make(chan error, 1)
			go func() {
				_, err := Inspect(t.Context(), c.dir, c.getenv)
				ended <- errors.Join(err, Copy(t.Context(), filepath.Join(t.TempDir(), "copy"), c.dir, CopyOptions{Getenv: c.getenv}))
			}()
			select {
			case err := <-ended: // a directory whose HEAD is none is no repository
				if name != ".git/HEAD" && (err == nil || !strings.Contains(err.Error(), "is a named pipe")) {
					t.Errorf("error %v", err)
				}
			case <-time.After(30 * time.Second):
				t.Error("it waits for ever")
			}
		})
	}
}

// git itself opens ignore files, and waits for a writer of a pipe. It can be interrupted.
func TestInterruptedGit(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "")
	c.commit()
	c.pipe(".gitignore")
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := Copy(ctx, filepath.Join(t.TempDir(), "copy"), c.dir, CopyOptions{Getenv: c.getenv})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// pipe puts a named pipe in place of a file.
func (c *checkout) pipe(name string) {
	c.t.Helper()
	file := filepath.Join(c.dir, name)
	if err := errors.Join(os.RemoveAll(file), syscall.Mkfifo(file, 0o644)); err != nil {
		c.t.Fatal(err)
	}
}
