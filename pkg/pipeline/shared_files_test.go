package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/usererror"
)

func TestCheckShared(t *testing.T) {
	application := func(name, branch, more string, installed ...string) *built {
		file := filepath.Join(t.TempDir(), "pakman.yml")
		text := "name: " + name + "\nfiles: [{source: a, destination: /etc/shared}]\n" + more
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		f, _, err := config.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		r := &recipe.Recipe{Name: name, Branch: branch, Replaces: f.Replaces, Conflicts: f.Conflicts}
		return &built{plan: &Plan{Config: f, Recipe: r}, installed: installed}
	}
	api := application("api", "v3.24", "", "etc/shared/c.conf", "var/lib/api/x")
	for name, tc := range map[string]struct {
		made []*built
		want string
	}{
		"one":   {[]*built{api}, ""},
		"apart": {[]*built{api, application("web", "v3.24", "", "etc/shared/d.conf")}, ""},
		"the same file": {[]*built{api, application("web", "v3.24", "", "etc/shared/c.conf")},
			":2:34: files[0].destination: api installs /etc/shared/c.conf, too"},
		"no entry of files": {[]*built{api, application("web", "v3.24", "", "var/lib/api/x")},
			"build.destinations: api installs /var/lib/api/x, too"},
		"another release": {[]*built{api, application("web", "v3.23", "", "etc/shared/c.conf")}, ""},
		"replaced":        {[]*built{api, application("web", "v3.24", "replaces: [api<2]", "etc/shared/c.conf")}, ""},
		"conflicts":       {[]*built{application("web", "v3.24", "conflicts: [api]", "etc/shared/c.conf"), api}, ""},
		"of two": {[]*built{application("web", "v3.24", "replaces: [api]", "etc/shared/c.conf"), api,
			application("hub", "v3.24", "replaces: [web]", "etc/shared/c.conf")}, "api installs /etc/shared/c.conf, too"},
		"replaces a third": {[]*built{api, application("web", "v3.24", "replaces: [other]", "etc/shared/c.conf")}, "api installs"},
	} {
		err := checkShared(tc.made)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && usererror.ExitCode(err) != usererror.ExitInput {
			t.Errorf("%s: exit code %d", name, usererror.ExitCode(err))
		}
	}
}
