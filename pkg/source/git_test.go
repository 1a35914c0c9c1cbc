package source

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkout is a git repository in a directory of the test's, with git's configuration of its own.
type checkout struct {
	t   *testing.T
	dir string
	env map[string]string
}

// outside is a directory that is in no checkout.
func outside(t *testing.T) *checkout {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &checkout{t: t, dir: filepath.Join(base, "app"), env: map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": filepath.Join(base, "home"), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": base,
	}}
	for _, dir := range []string{c.dir, c.env["HOME"]} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// newCheckout is an empty repository; the test is skipped where there is no git.
func newCheckout(t *testing.T) *checkout {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not on PATH: nothing to compare with")
	}
	c := outside(t)
	c.git("init", "-q", "-b", "main")
	return c
}

func (c *checkout) getenv(key string) string { return c.env[key] }

// git runs git in the checkout.
func (c *checkout) git(args ...string) string {
	c.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = c.dir
	cmd.Env = []string{
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org", "GIT_COMMITTER_DATE=1700000000 +0000",
	}
	for key, value := range c.env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// write writes files, path and content by turns.
func (c *checkout) write(files ...string) {
	c.t.Helper()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(c.dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}

// commit commits everything, with a tag or more.
func (c *checkout) commit(tags ...string) string {
	c.t.Helper()
	c.git("add", "-A")
	c.git("commit", "-q", "--allow-empty", "-m", "change")
	for _, tag := range tags {
		c.git("tag", tag)
	}
	return c.git("rev-parse", "HEAD")
}
