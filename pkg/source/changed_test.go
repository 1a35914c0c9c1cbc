package source

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (c *checkout) changed(dir, base string, exact bool) []string {
	c.t.Helper()
	files, err := Changed(c.t.Context(), filepath.Join(c.dir, dir), c.getenv, base, exact)
	if err != nil {
		c.t.Fatal(err)
	}
	return files
}

func TestChanged(t *testing.T) {
	c := newCheckout(t)
	c.write("api/main.go", "1", "web/ä b.js", "1", "README", "1", "api/old", "moved as it is")
	first := c.commit("v1")
	c.write("web/ä b.js", "2", "untracked/file", "1")
	c.git("mv", "api/old", "web/new")
	second := c.commit()
	c.write("later", "not committed")
	for name, tc := range map[string]struct {
		dir, base string
		want      []string
	}{
		"all":      {"", first, []string{"api/old", "untracked/file", "web/new", "web/ä b.js"}},
		"by tag":   {"", "v1", []string{"api/old", "untracked/file", "web/new", "web/ä b.js"}},
		"below":    {"api", first, []string{"old"}},
		"nothing":  {"", second, nil},
		"relative": {"web", "HEAD~1", []string{"new", "ä b.js"}},
	} {
		if diff := cmp.Diff(tc.want, c.changed(tc.dir, tc.base, false)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	for _, base := range []string{"0123456789abcdef0123456789abcdef01234567", "nothing", "--all", ""} {
		if _, err := Changed(t.Context(), c.dir, c.getenv, base, false); !errors.Is(err, ErrNoBase) {
			t.Errorf("%q: %v", base, err)
		}
	}
	if _, err := Changed(t.Context(), outside(t).dir, c.getenv, first, false); !errors.Is(err, ErrNoCheckout) {
		t.Error(err)
	}
}

// A pull request is compared with where it left its branch; a forced push with what was there before.
func TestChangedOfBranches(t *testing.T) {
	c := newCheckout(t)
	c.write("api/a", "1", "web/a", "1")
	c.commit()
	c.git("checkout", "-q", "-b", "feature")
	c.write("web/a", "2")
	c.commit()
	c.git("checkout", "-q", "main")
	c.write("api/a", "2")
	main := c.commit()
	c.git("checkout", "-q", "feature")
	if diff := cmp.Diff([]string{"web/a"}, c.changed("", main, false)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"api/a", "web/a"}, c.changed("", main, true)); diff != "" {
		t.Error(diff)
	}
}

func TestFind(t *testing.T) {
	files := []string{
		"pakman.yml", "", "api/pakman.yml", "", "api/instellar.yml", "", "web/node_modules/x/pakman.yml", "", "dist/pakman.yml", "",
		"notes/my-pakman.yml", "", ".gitignore", "dist\n",
	}
	for name, c := range map[string]*checkout{"git": newCheckout(t), "outside": outside(t)} {
		c.write(files...)
		got, err := Find(t.Context(), c.dir, c.getenv, "pakman.yml", "instellar.yml")
		if diff := cmp.Diff([]string{"api/instellar.yml", "api/pakman.yml", "pakman.yml"}, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}
