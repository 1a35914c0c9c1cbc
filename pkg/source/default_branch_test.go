package source

import "testing"

// The default branch is the remote's; without a remote it is the one that is checked out, and without a repository main.
func TestDefaultBranch(t *testing.T) {
	if got := DefaultBranch(t.TempDir()); got != "main" {
		t.Errorf("without a repository: %s", got)
	}
	c := newCheckout(t)
	c.write("sub/a.txt", "1\n")
	c.commit("v1.0.0")
	c.git("checkout", "-q", "-b", "trunk/next")
	if got := DefaultBranch(c.dir + "/sub"); got != "trunk/next" {
		t.Errorf("checked out: %s", got)
	}
	c.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/develop")
	if got := DefaultBranch(c.dir); got != "develop" {
		t.Errorf("the remote's: %s", got)
	}
}
