package source

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (c *checkout) inspect(dir string) Facts {
	c.t.Helper()
	f, err := Inspect(c.t.Context(), filepath.Join(c.dir, dir), c.getenv)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

// commitTime is that of every commit of checkout.
var commitTime = time.Unix(1700000000, 0)

func TestInspectTag(t *testing.T) {
	c := newCheckout(t)
	c.write("main.go", "package main")
	c.git("remote", "add", "origin", "https://x-access-token:secret@github.com/Acme/Blog.git")
	first := c.commit("v1.2.3", "v1", "latest", "nightly-20240101")
	want := Facts{Repository: "Acme/Blog", Commit: first, Tag: "v1.2.3", Time: commitTime, RemoteURL: "https://github.com/Acme/Blog"}
	if diff := cmp.Diff(want, c.inspect("")); diff != "" {
		t.Error(diff)
	}

	c.write("untracked", "by a build")
	c.write("main.go", "package changed")
	want.Dirty = true
	if diff := cmp.Diff(want, c.inspect("")); diff != "" {
		t.Error(diff)
	}

	c.commit()
	second := c.commit()
	c.git("checkout", "-q", "--detach")
	want.Dirty, want.Distance, want.Commit = false, 2, second
	if diff := cmp.Diff(want, c.inspect("")); diff != "" {
		t.Error(diff)
	}
}

// A release branch that is merged late must not pull the version back.
func TestInspectHighestVersion(t *testing.T) {
	c := newCheckout(t)
	c.commit("v1.0.0")
	c.git("checkout", "-q", "-b", "next")
	c.commit("v2.0.0-rc.1")
	c.git("checkout", "-q", "main")
	c.write("fix", "a commit of its own")
	c.commit()
	c.commit("v1.0.1")
	c.git("checkout", "-q", "next")
	c.git("merge", "-q", "--no-ff", "-m", "merge", "main")
	f := c.inspect("")
	if f.Tag != "v2.0.0-rc.1" || f.Distance != 3 {
		t.Errorf("tag %s and %d commits", f.Tag, f.Distance)
	}
}

func TestInspectMonorepo(t *testing.T) {
	c := newCheckout(t)
	c.write("api/main.go", "a", "web/index.html", "w", "tools/x", "t")
	c.commit("v0.1.0", "api/v1.2.0", "web-v3.0.0", "other-v9.0.0")
	for dir, want := range map[string]string{"": "v0.1.0", "api": "api/v1.2.0", "web": "web-v3.0.0", "tools": "v0.1.0"} {
		f := c.inspect(dir)
		if f.Tag != want || f.Subdirectory != dir {
			t.Errorf("%q: tag %q in %q, want %q", dir, f.Tag, f.Subdirectory, want)
		}
	}
	c.write("web/index.html", "changed")
	if c.inspect("api").Dirty || !c.inspect("web").Dirty {
		t.Error("a change of web is not api's")
	}

	c.env["GITHUB_REF_TYPE"], c.env["GITHUB_REF_NAME"] = "tag", "web-v3.1.0"
	if got := c.inspect("web").Tag; got != "web-v3.1.0" {
		t.Errorf("web builds the tag %q", got)
	}
	if got := c.inspect("api").Tag; got != "api/v1.2.0" {
		t.Errorf("api takes web's tag: %q", got)
	}
}

// One package of another name than its repository has.
func TestInspectOnlyPrefix(t *testing.T) {
	c := newCheckout(t)
	c.commit("server-1.0.0", "server-1.1.0")
	if got := c.inspect("").Tag; got != "server-1.1.0" {
		t.Errorf("tag %q", got)
	}
	c.commit("client-7.0.0")
	if got := c.inspect("").Tag; got != "" {
		t.Errorf("tag %q of several packages", got)
	}
	c.env["GITHUB_REPOSITORY"] = "acme/server"
	if got := c.inspect("").Tag; got != "server-1.1.0" {
		t.Errorf("tag %q of the repository's own name", got)
	}
}

func TestInspectShallow(t *testing.T) {
	c := newCheckout(t)
	c.commit("v1.0.0")
	head := c.commit()
	shallow := *c
	shallow.dir = filepath.Join(filepath.Dir(c.dir), "shallow")
	c.git("clone", "-q", "--depth=1", "file://"+c.dir, shallow.dir)
	f := shallow.inspect("")
	want := Facts{Repository: "app", Commit: head, Time: commitTime, Shallow: true}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	c.env["GITHUB_REF_TYPE"], c.env["GITHUB_REF_NAME"] = "tag", "v1.1.0"
	if f := shallow.inspect(""); f.Tag != "v1.1.0" || f.Distance != 0 {
		t.Errorf("tag %q, %d commits", f.Tag, f.Distance)
	}
}

func TestInspectOnGitHub(t *testing.T) {
	c := newCheckout(t)
	head := c.commit("v1.0.0")
	maps.Copy(c.env, map[string]string{
		"GITHUB_REPOSITORY": "acme/blog", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_SHA": strings.Repeat("0", 40),
		"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "v7.0.0",
	})
	want := Facts{Repository: "acme/blog", RemoteURL: "https://github.com/acme/blog", Commit: head, Tag: "v1.0.0", Time: commitTime}
	if diff := cmp.Diff(want, c.inspect("")); diff != "" {
		t.Error(diff)
	}
}

// Outside git, without git, in a repository without commits, in a directory that another checkout ignores: the
// newest file gives the time.
func TestInspectOutsideGit(t *testing.T) {
	old, recent := time.Unix(1600000000, 0), time.Unix(1650000000, 0)
	arrange := func(c *checkout) {
		c.write("a", "", "sub/b", "", ".gitignore", "*.log", "late.log", "", "packages/v3.24/main/x86_64/APKINDEX.tar.gz", "",
			"packages/keys/k.rsa.pub", "")
		for _, name := range []string{".gitignore", "a"} {
			if err := os.Chtimes(filepath.Join(c.dir, name), old, old); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(filepath.Join(c.dir, "sub/b"), recent, recent); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]func(t *testing.T) *checkout{
		"no git": outside,
		"git missing": func(t *testing.T) *checkout {
			t.Helper()
			c := newCheckout(t)
			c.commit()
			c.env["PATH"] = ""
			return c
		},
		"no commit": newCheckout,
		"worktree's repository is gone": func(t *testing.T) *checkout {
			t.Helper()
			c := outside(t)
			c.write(".git", "gitdir: /nonexistent/worktrees/x")
			return c
		},
		"ignored": func(t *testing.T) *checkout {
			t.Helper()
			c := newCheckout(t)
			c.write(".gitignore", "/app")
			c.commit("v1.0.0")
			c.dir = filepath.Join(c.dir, "app")
			return c
		},
	}
	for name, start := range cases {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			arrange(c)
			if diff := cmp.Diff(Facts{Time: recent}, c.inspect("")); diff != "" {
				t.Error(diff)
			}
			c.env["GITHUB_SHA"] = "abc"
			if f := c.inspect(""); f.Commit != "abc" {
				t.Errorf("commit %q", f.Commit)
			}
		})
	}
}

func TestInspectEmptyDirectory(t *testing.T) {
	c := outside(t)
	if got := c.inspect("").Time; !got.Equal(time.Unix(0, 0)) {
		t.Errorf("time %v of nothing", got)
	}
}

// Nothing that the checkout's configuration names is run, and git sees nothing of the environment.
func TestInspectRunsNothing(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "a")
	c.commit("v1.0.0")
	c.write("trap", "#!/bin/sh\nenv >"+c.dir+"/ran\n")
	if err := os.Chmod(filepath.Join(c.dir, "trap"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "core.pager", "pager.log", "gpg.program", "core.sshCommand", "diff.external"} {
		c.git("config", key, filepath.Join(c.dir, "trap"))
	}
	c.git("config", "log.showSignature", "true")
	c.env["INPUT_SIGNING_KEY"] = "secret"
	c.write("a", "b")
	c.inspect("")
	if _, err := os.Lstat(filepath.Join(c.dir, "ran")); err == nil {
		t.Error("git ran a program of the checkout's")
	}
	g, err := findGit(t.Context(), c.getenv)
	if err != nil || strings.Contains(strings.Join(g.user, " "), "secret") {
		t.Errorf("git's environment is %s, %v", g.user, err)
	}
}

func TestInspectFails(t *testing.T) {
	c := newCheckout(t)
	c.commit()
	if _, err := Inspect(t.Context(), filepath.Join(c.dir, "absent"), c.getenv); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Inspect(ctx, c.dir, c.getenv); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	c.write(".git/config", "[broken")
	if _, err := Inspect(t.Context(), c.dir, c.getenv); err == nil || !strings.Contains(err.Error(), c.dir) {
		t.Errorf("a broken repository: %v", err)
	}
}

func TestParseRemote(t *testing.T) {
	for _, c := range []struct{ remote, repository, address string }{
		{"git@github.com:acme/blog.git", "acme/blog", "https://github.com/acme/blog"},
		{"github.com:acme/blog", "acme/blog", "https://github.com/acme/blog"},
		{"ssh://git@example.org:2222/acme/blog.git/", "acme/blog", "https://example.org/acme/blog"},
		{"ssh://git@[::1]:22/acme/blog", "acme/blog", "https://[::1]/acme/blog"},
		{"git://example.org/blog.git", "blog", "https://example.org/blog"},
		{"https://user:token@gitlab.com/group/sub/blog.git?x=token#y", "group/sub/blog", "https://gitlab.com/group/sub/blog"},
		{"http://localhost:3000/acme/blog.git", "acme/blog", "http://localhost:3000/acme/blog"},
		{"https://git.sr.ht/~acme/blog", "~acme/blog", "https://git.sr.ht/~acme/blog"},
		{"git@host:/srv/git/blog.git", "srv/git/blog", "https://host/srv/git/blog"},
		{"/srv/git/blog.git", "blog", ""},
		{"file:///srv/git/blog.git/", "blog", ""},
		{"../blog", "blog", ""},
		{"..", "", ""},
		{"", "", ""},
		{"https://exa mple.org/%zz", "", ""},
	} {
		repository, address := parseRemote(c.remote)
		if repository != c.repository || address != c.address {
			t.Errorf("parseRemote(%q) = %q, %q", c.remote, repository, address)
		}
	}
}

func TestParseRemotes(t *testing.T) {
	settings := []string{"remote.fork.url\nhttps://example.org/me/blog", "remote.origin.fetch\nx",
		"remote.origin.url\nhttps://example.org/acme/blog"}
	if name, _ := parseRemotes(settings); name != "acme/blog" {
		t.Errorf("with an origin: %q", name)
	}
	if name, _ := parseRemotes(settings[:1]); name != "me/blog" {
		t.Errorf("without an origin: %q", name)
	}
}

func FuzzParseRemote(f *testing.F) {
	f.Add("https://user:token@example.org/a/b.git")
	f.Add("git@example.org:a/b.git")
	f.Add("ssh://git:token@[::1]:22/a@b")
	f.Fuzz(func(t *testing.T, remote string) {
		_, address := parseRemote(remote)
		if address == "" {
			return
		}
		rest, found := strings.CutPrefix(strings.TrimPrefix(address, "http:"), "https:")
		if !found && !strings.HasPrefix(address, "http://") {
			t.Fatalf("parseRemote(%q) is %q", remote, address)
		}
		host, _, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "/")
		if strings.ContainsAny(address, " \n\r\t?#") || strings.Contains(host, "@") {
			t.Fatalf("parseRemote(%q) is %q", remote, address)
		}
	})
}
