package source

import (
	"slices"
	"testing"
)

func TestReadHead(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "1")
	first := c.commit("v1.0.0")
	c.write("a", "2", "sub/b", "b")
	second := c.commit()
	c.git("update-ref", "refs/remotes/origin/main", first)
	c.git("update-ref", "refs/remotes/pull/7/merge", second)
	c.git("remote", "add", "origin", "https://token@github.example/Acme/hello.git")
	c.env["GITHUB_SHA"], c.env["GITHUB_REPOSITORY"] = "0123456789abcdef0123456789abcdef01234567", "eve/hello"
	for at, want := range map[string][]string{
		first:  {"refs/remotes/origin/main", "refs/remotes/pull/7/merge", "refs/tags/v1.0.0"},
		second: {"refs/remotes/pull/7/merge"},
	} {
		c.git("checkout", "-q", at)
		got, err := ReadHead(t.Context(), c.dir, c.getenv)
		slices.Sort(got.Refs)
		if err != nil || got.Commit != at || got.Repository != "Acme/hello" || got.Dirty || !slices.Equal(got.Refs, want) {
			t.Errorf("%+v, %v, want %v", got, err, want)
		}
	}
	c.git("checkout", "-q", second)
	c.write("a", "3")
	if got, err := ReadHead(t.Context(), c.dir+"/sub", c.getenv); err != nil || got.Commit != second || !got.Dirty {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := ReadHead(t.Context(), outside(t).dir, c.getenv); err != nil || got.Commit != "" {
		t.Errorf("outside git: %+v, %v", got, err)
	}
}
