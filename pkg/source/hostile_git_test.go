package source

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// hostile is a checkout with a program that leaves a file behind when it is run.
type hostile struct {
	*checkout
	trap, ran string
}

func newHostile(t *testing.T) hostile {
	t.Helper()
	c := newCheckout(t)
	h := hostile{checkout: c, trap: filepath.Join(filepath.Dir(c.dir), "trap"), ran: filepath.Join(filepath.Dir(c.dir), "ran")}
	if err := os.WriteFile(h.trap, []byte("#!/bin/sh\n: >"+h.ran+"\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.write("a.txt", "1", "sub/b.txt", "2")
	c.commit("v1.0.0")
	c.write("a.txt", "3")
	c.commit()
	return h
}

// change changes files without changing their sizes, so that git has to look into them.
func (h hostile) change() { h.write("a.txt", "9", "sub/b.txt", "9") }

// triggered reports whether the program was run since the last time.
func (h hostile) triggered() bool { return os.Remove(h.ran) == nil }

// embed puts a bare repository into the directory, which git takes for one when it is started there.
func (h hostile) embed(dir string, config ...string) {
	h.t.Helper()
	h.git("clone", "-q", "--bare", h.dir, dir)
	embedded := filepath.Join(h.dir, dir, "config")
	for i := 0; i < len(config); i += 2 {
		h.git("config", "--file", embedded, config[i], config[i+1])
	}
	h.git("config", "--file", embedded, "core.bare", "false")
	h.git("config", "--file", embedded, "core.worktree", h.dir)
}

// submodule adds a submodule whose own configuration is the caller's to spoil.
func (h hostile) submodule() string {
	h.t.Helper()
	library := *h.checkout
	library.dir = filepath.Join(filepath.Dir(h.dir), "library")
	if err := os.Mkdir(library.dir, 0o755); err != nil {
		h.t.Fatal(err)
	}
	library.git("init", "-q", "-b", "main")
	library.write("lib.txt", "1")
	library.commit()
	h.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.dir, "lib")
	h.commit()
	return filepath.Join(h.dir, ".git/modules/lib/config")
}

// Whatever a checkout contains and configures, none of its programs is run. Where git itself can be made to run it, the
// case says how, which shows that the trap is one.
func TestGitRunsNothing(t *testing.T) {
	filter := func(h hostile) { h.write(".gitattributes", "*.txt filter=x diff=x merge=x\n") }
	set := func(pairs ...string) func(hostile) {
		return func(h hostile) {
			for i := 0; i < len(pairs); i += 2 {
				value := pairs[i+1]
				if value == "TRAP" {
					value = h.trap
				}
				h.git("config", pairs[i], value)
			}
		}
	}
	both := func(steps ...func(hostile)) func(hostile) {
		return func(h hostile) {
			for _, step := range steps {
				step(h)
			}
		}
	}
	status, add := []string{"status", "--porcelain"}, []string{"add", "--all", ":/"}
	for name, c := range map[string]struct {
		spoil   func(h hostile)
		in      string   // the application
		trigger []string // of git
	}{
		"filter clean":   {both(filter, set("filter.x.clean", "TRAP")), "", status},
		"filter process": {both(filter, set("filter.x.process", "TRAP", "filter.x.required", "true")), "", status},
		"filter smudge":  {both(filter, set("filter.x.smudge", "TRAP")), "", []string{"checkout", "-f", "HEAD", "--", "a.txt"}},
		"filter of Git LFS": {both(func(h hostile) {
			h.write(".gitattributes", "*.txt filter=lfs\n")
		}, set("filter.lfs.clean", "TRAP", "filter.lfs.process", "TRAP")), "", status},
		"filter, info": {both(func(h hostile) {
			h.write(".git/info/attributes", "*.txt filter=x\n")
		}, set("filter.x.clean", "TRAP")), "", status},
		"filter, file": {both(func(h hostile) {
			h.write("attr", "*.txt filter=x\n")
		}, set("filter.x.clean", "TRAP", "core.attributesFile", "attr")), "", status},
		"file system monitor": {set("core.fsmonitor", "TRAP"), "", status},
		"hook":                {func(h hostile) { h.hook(".git/hooks/post-index-change") }, "", add},
		"hooks' directory":    {both(set("core.hooksPath", "hooks"), func(h hostile) { h.hook("hooks/post-index-change") }), "", add},
		"included file": {both(filter, set("include.path", "more"), func(h hostile) {
			h.write(".git/more", "[filter \"x\"]\n\tclean = "+h.trap+"\n")
		}), "", status},
		"file included by path": {both(filter, set("includeIf.gitdir:/**.path", "more"), func(h hostile) {
			h.write(".git/more", "[filter \"x\"]\n\tclean = "+h.trap+"\n")
		}), "", status},
		"work tree's file": {both(filter, set("extensions.worktreeConfig", "true", "core.repositoryformatversion", "1"),
			func(h hostile) { h.git("config", "--worktree", "filter.x.clean", h.trap) }), "", status},
		"signature check": {both(func(h hostile) {
			h.signed()
		}, set("gpg.program", "TRAP", "log.showSignature", "true")), "", []string{"log", "-1"}},
		"signature, ssh": {both(func(h hostile) {
			h.signed()
		}, set("gpg.format", "ssh", "gpg.ssh.program", "TRAP", "log.showSignature", "true")), "", nil},
		"external diff":     {set("diff.external", "TRAP"), "", []string{"diff", "HEAD~1", "HEAD"}},
		"diff driver":       {both(filter, set("diff.x.command", "TRAP")), "", []string{"diff", "HEAD~1", "HEAD"}},
		"text conversion":   {both(filter, set("diff.x.textconv", "TRAP")), "", []string{"diff", "HEAD~1", "HEAD"}},
		"alias":             {set("alias.status", "!TRAP", "alias.ls-files", "!TRAP", "alias.x", "!true"), "", nil},
		"pager":             {set("core.pager", "TRAP", "pager.log", "TRAP", "pager.status", "TRAP"), "", nil},
		"editor":            {set("core.editor", "TRAP", "sequence.editor", "TRAP"), "", nil},
		"credential helper": {set("credential.helper", "TRAP", "core.askPass", "TRAP"), "", nil},
		"missing object, ssh": {both(func(h hostile) {
			h.partial("ssh://example.org/x")
		}, set("core.sshCommand", "TRAP")), "", []string{"cat-file", "blob", "HEAD~1:a.txt"}},
		"missing object, ext": {both(func(h hostile) {
			h.partial("ext::" + h.trap)
		}, set("protocol.ext.allow", "always")), "", []string{"cat-file", "blob", "HEAD~1:a.txt"}},
		"missing object, pack": {both(func(h hostile) {
			h.partial(h.dir)
		}, set("remote.origin.uploadpack", "TRAP")), "", []string{"cat-file", "blob", "HEAD~1:a.txt"}},
		"pack hook":  {set("uploadpack.packObjectsHook", "TRAP"), "", nil},
		"alternates": {set("core.alternateRefsCommand", "TRAP"), "", nil},
		"another work tree": {both(filter, set("filter.x.clean", "TRAP"), func(h hostile) {
			if err := os.Mkdir(filepath.Join(filepath.Dir(h.dir), "other"), 0o755); err != nil {
				h.t.Fatal(err)
			}
		}, set("core.worktree", "../other")), "", nil},
		"embedded repository, filter": {func(h hostile) {
			filter(h)
			h.embed("sub/bare", "filter.x.clean", h.trap)
		}, "sub/bare", add},
		"embedded repository, monitor":       {func(h hostile) { h.embed("sub/bare", "core.fsmonitor", h.trap) }, "sub/bare", status},
		"embedded, the application above it": {func(h hostile) { h.embed("sub/bare", "core.fsmonitor", h.trap) }, "sub", nil},
		"checkout inside, monitor": {func(h hostile) {
			h.git("clone", "-q", h.dir, "inner")
			h.git("-C", "inner", "config", "core.fsmonitor", h.trap)
		}, "", []string{"-C", "inner", "status"}},
		"submodule, monitor": {func(h hostile) {
			h.git("config", "--file", h.submodule(), "core.fsmonitor", h.trap)
			h.write("lib/lib.txt", "9")
		}, "", status},
		"submodule, filter": {func(h hostile) {
			h.git("config", "--file", h.submodule(), "filter.x.clean", h.trap)
			h.write("lib/.gitattributes", "*.txt filter=x\n", "lib/lib.txt", "9")
		}, "", status},
		"submodule's .gitmodules": {func(h hostile) {
			h.submodule()
			h.git("config", "--file", ".gitmodules", "submodule.lib.update", "!"+h.trap)
			h.git("config", "submodule.lib.update", "!"+h.trap)
		}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHostile(t)
			c.spoil(h)
			h.change()
			_ = h.triggered() // by the arrangement itself
			app := filepath.Join(h.dir, c.in)
			if _, err := Inspect(t.Context(), app, h.getenv); err != nil {
				t.Error(err)
			}
			if _, err := Find(t.Context(), app, h.getenv, "a.txt"); err != nil {
				t.Error(err)
			}
			if _, err := Changed(t.Context(), app, h.getenv, "v1.0.0", false); err != nil && !errors.Is(err, ErrNoCheckout) {
				t.Error(err)
			}
			dst := filepath.Join(t.TempDir(), "copy")
			if err := Copy(t.Context(), dst, app, CopyOptions{KeepGit: true, Getenv: h.getenv, Exclude: []string{"!x"}}); err != nil {
				t.Error(err)
			}
			if h.triggered() {
				t.Error("the checkout's program was run")
			}
			h.try(dst, "status")
			if h.triggered() {
				t.Error("git runs the checkout's program in the copy")
			}
			if c.trigger == nil {
				return
			}
			if h.try(app, c.trigger...); !h.triggered() {
				t.Errorf("the trap is none: git %v does not run it", c.trigger)
			}
		})
	}
}

// hook makes the trap a hook.
func (h hostile) hook(name string) {
	h.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(h.dir, name)), 0o755),
		os.Symlink(h.trap, filepath.Join(h.dir, name))); err != nil {
		h.t.Fatal(err)
	}
}

// signed makes a commit that bears something like a signature.
func (h hostile) signed() {
	h.t.Helper()
	fake := filepath.Join(filepath.Dir(h.dir), "gpg")
	text := "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n" +
		"printf -- '-----BEGIN PGP SIGNATURE-----\\nx\\n-----END PGP SIGNATURE-----\\n'\n"
	if err := os.WriteFile(fake, []byte(text), 0o755); err != nil {
		h.t.Fatal(err)
	}
	h.git("-c", "gpg.program="+fake, "commit", "-q", "-S", "--allow-empty", "-m", "signed")
}

// partial makes the repository one that fetches what it lacks from the address, and lets an object be missing.
func (h hostile) partial(address string) {
	h.t.Helper()
	blob := h.git("rev-parse", "HEAD~1:a.txt")
	if err := os.Remove(filepath.Join(h.dir, ".git/objects", blob[:2], blob[2:])); err != nil {
		h.t.Fatal(err)
	}
	for _, pair := range [][2]string{
		{"core.repositoryformatversion", "1"}, {"extensions.partialClone", "origin"}, {"remote.origin.url", address},
		{"remote.origin.promisor", "true"}, {"remote.origin.partialclonefilter", "blob:none"},
	} {
		h.git("config", pair[0], pair[1])
	}
}

// try runs git as a careless user would, whatever becomes of it.
func (h hostile) try(dir string, args ...string) {
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "safe.directory=*"}, args...)...)
	cmd.WaitDelay = time.Second
	cmd.Dir = dir
	cmd.Env = []string{"GIT_CONFIG_NOSYSTEM=1", "TERM=dumb", "PATH=" + h.env["PATH"], "HOME=" + h.env["HOME"]}
	_ = cmd.Run()
}
