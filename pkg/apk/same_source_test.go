package apk

import (
	"strings"
	"testing"
)

// Packages of one commit and one recipe may differ in their files alone.
func TestSameSource(t *testing.T) {
	commit := strings.Repeat("a1", 20)
	base := Package{
		Info: Info{Name: "blog", Version: "1.0-r0", Arch: "noarch", Commit: commit, License: "MIT", Depends: []string{"nodejs", "curl"},
			Size: 1, DataHash: "00", BuildDate: 1, Generator: "abuild 3.16.0"},
		Scripts: []Script{{Name: ".post-install", Body: []byte("true")}},
	}
	for name, c := range map[string]struct {
		change func(*Package)
		want   string // empty: the same source
	}{
		"the same": {func(*Package) {}, ""},
		"files": {func(p *Package) {
			p.Info.Size, p.Info.DataHash, p.Info.BuildDate, p.Info.Generator = 2, "11", 2, "abuild 3.17.0"
		}, ""},
		"another commit":  {func(p *Package) { p.Info.Commit = strings.Repeat("b2", 20) }, "one is of commit b2b2b2b2b2b2, the other of a1a1a1a1a1a1"},
		"no commit":       {func(p *Package) { p.Info.Commit = "" }, "does not say of which commit"},
		"dirty":           {func(p *Package) { p.Info.Commit += "-dirty" }, "one is of commit"},
		"a dependency":    {func(p *Package) { p.Info.Depends = []string{"nodejs"} }, "they differ in `depend = curl`"},
		"a new one":       {func(p *Package) { p.Info.Depends = append([]string{"sqlite"}, p.Info.Depends...) }, "`depend = sqlite`"},
		"the description": {func(p *Package) { p.Info.Description = "new" }, "`pkgdesc = `"},
		"a script":        {func(p *Package) { p.Scripts = []Script{{Name: ".post-install", Body: []byte("false")}} }, "install scripts"},
		"no script":       {func(p *Package) { p.Scripts = nil }, "install scripts"},
	} {
		other := base
		c.change(&other)
		err := SameSource(&base, &other)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	dirty := base
	dirty.Info.Commit += "-dirty"
	if err := SameSource(&dirty, &dirty); err == nil {
		t.Error("what a commit lacks is taken for the same")
	}
}
