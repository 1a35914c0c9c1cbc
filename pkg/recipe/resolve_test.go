package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// tagged is a checkout at a tag.
var tagged = source.Facts{
	Repository: "Acme/Some_Repo", Commit: "0123456789abcdef0123456789abcdef01234567", Tag: "v1.2.3",
	Time: time.Unix(1700000000, 0), RemoteURL: "https://github.com/Acme/Some_Repo",
}

func TestGolden(t *testing.T) {
	after := tagged
	after.Distance, after.Dirty, after.Repository = 14, true, "acme/shop"
	in := tagged
	in.Subdirectory = "sites/garden"
	for _, c := range []struct {
		name    string
		facts   source.Facts
		options Options
	}{
		{"phoenix", after, Options{Release: 12, Arches: []string{"x86_64"}}},
		{"caddy", in, Options{Arches: []string{"aarch64"}, Repository: "sites"}},
		{"static", tagged, Options{}},
		{"custom", source.Facts{}, Options{Version: "release-1.4", Dir: "/src/Laravel_POS"}},
		{"s6", tagged, Options{Arches: []string{"x86_64"}, Alpine: "alpine/3.22"}},
		{"minimal", source.Facts{Time: time.Unix(1600000000, 0)},
			Options{Dir: "/src/bob2cool.github.io", Release: 7, Arches: []string{"noarch"}}},
		{"nextjs", tagged, Options{}},
		{"rich", tagged, Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := marshal(t, resolved(t, c.name, c.facts, c.options))
			golden := filepath.Join("testdata", c.name, "recipe.json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("run with -update when this is meant:\n%s", diff)
			}
			if again := marshal(t, resolved(t, c.name, c.facts, c.options)); !bytes.Equal(got, again) {
				t.Error("resolving again gives another recipe")
			}
		})
	}
}

// resolved loads and resolves a fixture.
func resolved(t *testing.T, name string, facts source.Facts, o Options) *Recipe {
	t.Helper()
	r, err := Resolve(load(t, filepath.Join("testdata", name)), facts, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func load(t *testing.T, dir string) *config.File {
	t.Helper()
	path, err := config.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func marshal(t *testing.T, r *Recipe) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// text resolves a file of the test's own, in a directory called app.
func text(t *testing.T, name, yaml string, facts source.Facts, o Options) (*Recipe, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "app")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	return Resolve(load(t, dir), facts, o)
}

const packaged = "build: {destinations: [bin]}\n"

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		yaml    string
		facts   source.Facts
		options Options
		want    []string // pieces of the faults, one for each
	}{
		"version of the file":  {yaml: "version: 1.2.3-banana\n", want: []string{`pakman.yml:1:10: version: "1.2.3-banana"`}},
		"release in a version": {yaml: "version: 1.2.3-r4\n", want: []string{"comes from --release"}},
		"version option":       {options: Options{Version: "main"}, want: []string{`--version: "main" does not begin with a number`}},
		"too large a number":   {options: Options{Version: "1.123456789012345678"}, want: []string{"--version: "}},
		"tag":                  {facts: source.Facts{Tag: "latest"}, want: []string{"tag latest: the tag contains no version"}},
		"release":              {options: Options{Release: -1}, want: []string{"--release: found -1"}},
		"architecture": {options: Options{Arches: []string{"x86_64", "arm64", "vax"}},
			want: []string{"Alpine calls it aarch64", `--arch: "vax" is not one of`}},
		"alpine": {options: Options{Alpine: "3.99"}, want: []string{
			"--alpine: \"3.99\" is not a known Alpine release; allowed are edge, latest-stable, 3.24, 3.23"}},
		"stack":      {yaml: "stack: alpine/3.2\n", want: []string{`pakman.yml:1:8: stack: "alpine/3.2"`}},
		"repository": {options: Options{Repository: "../x"}, want: []string{"--repository"}},
		"run.name": {
			yaml: "run: {name: shop}\n", facts: source.Facts{Repository: "acme/store"},
			want: []string{`run.name: found "shop", but the package is called "store". Write ` + "`name: shop`"},
		},
		"no name": {options: Options{Dir: "/"}, want: []string{"the package has no name"}},
		"user":    {yaml: "name: c++\nrun: {services: [{name: web, binary: c}]}\n", want: []string{`"c++" is not a valid user name`}},
		"number for a user": {
			yaml: "name: \"2048\"\nrun: {services: [{name: web, binary: c}]}\n", want: []string{`"2048" is not a valid user name`},
		},
		"too long a name": {options: Options{Dir: "/" + strings.Repeat("a", 200)}, want: []string{"200 bytes, at most 128"}},
		"subpackage's name": {
			yaml: "name: a\nsubpackages: [{name: " + strings.Repeat("b", 127) + ", files: [usr/share]}]\n",
			want: []string{"pakman.yml:2:22: subpackages[0].name: package name"},
		},
		"all of them in order": {
			yaml: "stack: alpine/3.2\nversion: 1.2.3-banana\n", options: Options{Release: -1, Alpine: ""},
			want: []string{"--release", "pakman.yml:1:8: stack", "pakman.yml:2:10: version"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := text(t, "pakman.yml", c.yaml+packaged, c.facts, c.options)
			var faults config.Faults
			if !errors.As(err, &faults) || r != nil {
				t.Fatalf("Resolve gives %v, %v", r, err)
			}
			if len(faults) != len(c.want) {
				t.Fatalf("%d faults, want %d:\n%v", len(faults), len(c.want), err)
			}
			for i, want := range c.want {
				if !strings.Contains(faults[i].String(), want) || faults[i].Hint == "" {
					t.Errorf("fault %d is %q (hint %q), want %q", i, faults[i], faults[i].Hint, want)
				}
			}
		})
	}
}

func TestName(t *testing.T) {
	for name, c := range map[string]struct {
		yaml  string
		facts source.Facts
		want  string
	}{
		"the file's":                   {"name: blog\n", source.Facts{Repository: "acme/shop"}, "blog"},
		"the repository's":             {"", source.Facts{Repository: "acme/Laravel_POS"}, "laravel-pos"},
		"the repository's, by a fork":  {"run: {name: Laravel_POS}\n", source.Facts{Repository: "me/Laravel_POS"}, "laravel-pos"},
		"the service's":                {"run: {name: blog}\n", source.Facts{}, "blog"},
		"the directory's":              {"", source.Facts{}, "app"},
		"the directory's, in monorepo": {"", source.Facts{Repository: "acme/all", Subdirectory: "services/app"}, "app"},
		"the service's, in monorepo":   {"run: {name: api}\n", source.Facts{Repository: "acme/all", Subdirectory: "services/app"}, "api"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := text(t, "instellar.yml", c.yaml+packaged, c.facts, Options{})
			if err != nil || r.Name != c.want {
				t.Errorf("name %v, %v; want %s", r, err, c.want)
			}
		})
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"Laravel_POS": "laravel-pos", "bob2cool.github.io": "bob2cool-github-io", "--a--": "a", "é": "", "": "", "a/b": "a-b",
	} {
		if got := Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSlug(f *testing.F) {
	for _, s := range []string{"Laravel_POS", "É-1", "..", "-x-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		slug := Slug(s)
		if Slug(slug) != slug || slug != "" && len(slug) <= 128 && apk.CheckName(slug) != nil {
			t.Fatalf("Slug(%q) = %q", s, slug)
		}
	})
}

// TestVersionOrder is the life of a version: each state's package replaces the one before it.
func TestVersionOrder(t *testing.T) {
	previous := ""
	for _, c := range []struct {
		tag      string
		distance int
		want     string
	}{
		{"", 0, "0.0.0"},
		{"v1.2.3-alpha.1", 0, "1.2.3_alpha1"},
		{"v1.2.3-rc.1", 0, "1.2.3_rc1"},
		{"v1.2.3-rc.1", 5, "1.2.3_rc1_git5"},
		{"v1.2.3-rc.2", 0, "1.2.3_rc2"},
		{"v1.2.3", 0, "1.2.3"},
		{"v1.2.3", 1, "1.2.3_git1"},
		{"v1.2.3", 14, "1.2.3_git14"},
		{"v1.2.4-beta.2+build5", 0, "1.2.4_beta2"},
		{"app/v1.3.0", 0, "1.3.0"},
		{"release-1.4", 0, "1.4"},
		{"release-1.4", 2, "1.4_git2"},
		{"v1.4.1", 0, "1.4.1"},
	} {
		r, err := text(t, "pakman.yml", packaged, source.Facts{Tag: c.tag, Distance: c.distance, Dirty: true, Commit: "abc"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Version != c.want || r.Commit != "abc-dirty" || apk.CheckVersion(r.Version) != nil {
			t.Errorf("%s and %d commits: version %s of %s, want %s", c.tag, c.distance, r.Version, r.Commit, c.want)
		}
		if previous != "" && apk.Compare(previous, r.Version) >= 0 {
			t.Errorf("%s does not come after %s", r.Version, previous)
		}
		previous = r.Version
	}
}

func TestVersionSource(t *testing.T) {
	facts := source.Facts{Tag: "v3.0.0", Distance: 4}
	for want, o := range map[string]Options{"1.0.0": {Version: "v1.0.0"}, "2.0.0": {}} {
		r, err := text(t, "pakman.yml", "version: v2.0.0\n"+packaged, facts, o)
		if err != nil || r.Version != want {
			t.Errorf("version %v, %v; want %s", r, err, want)
		}
	}
	// the tag that a run was started for goes before the file
	r, err := text(t, "pakman.yml", "version: v2.0.0\n"+packaged, source.Facts{Tag: "v3.0.0", Tagged: true}, Options{})
	if err != nil || r.Version != "3.0.0" {
		t.Errorf("version %v, %v", r, err)
	}
}

// A version that is asked for is that of the tag that the run was started for, in whatever spelling.
func TestVersionOfTag(t *testing.T) {
	for _, c := range []struct {
		tag, asked string
		ok         bool
	}{
		{"v1.3.0", "1.3.0", true}, {"v1.3.0", "v1.3.0", true}, {"api/v1.3.0", "1.3.0", true}, {"v1.3.0-rc.1", "1.3.0_rc1", true},
		{"v1.3.0", "1.2.9", false}, {"v1.3.0", "1.3.0-rc.1", false}, {"v1.3", "1.3.0", false},
	} {
		_, err := text(t, "pakman.yml", packaged, source.Facts{Tag: c.tag, Tagged: true}, Options{Version: c.asked})
		if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "--version: "+c.asked+" is not the version of the tag "+
			c.tag) {
			t.Errorf("%s for %s: %v", c.asked, c.tag, err)
		}
	}
	// an older tag, and a version that nobody looks at
	for _, o := range []Options{{Version: "2.0.0"}, {AnyVersion: true}} {
		if _, err := text(t, "pakman.yml", packaged, source.Facts{Tag: "v1.3.0", Tagged: o.AnyVersion}, o); err != nil {
			t.Error(err)
		}
	}
}

func TestIsNewer(t *testing.T) {
	for branch, want := range map[string]bool{"v3.25": true, "v3.24": false, "v3.9": false, "edge": false, "v4.1": false} {
		if got := IsNewer(branch); got != want {
			t.Errorf("IsNewer(%q) = %v", branch, got)
		}
	}
}

// What is asked for counts, then the file's, then the Alpine that builds, then the newest.
func TestBranch(t *testing.T) {
	for _, c := range []struct{ option, stack, machine, want string }{
		{"edge", "alpine/3.21", "v3.22", "edge"}, {"", "alpine/3.21", "v3.22", "v3.21"},
		{"", "", "v3.22", "v3.22"}, {"", "", "", "v3.24"}, {"", "", "v3.9", "v3.24"},
	} {
		v := &resolver{file: &config.File{Stack: c.stack}, options: Options{Alpine: c.option, Machine: c.machine}}
		if got := v.branch(); got != c.want || len(v.faults) > 0 {
			t.Errorf("%+v: %s, %v", c, got, v.faults)
		}
	}
}

func TestParseBranch(t *testing.T) {
	for in, want := range map[string]string{
		"": "v3.24", "latest-stable": "v3.24", "3.20": "v3.20", "v3.14": "v3.14", "alpine/3.20": "v3.20", "alpine/v3.24": "v3.24",
		"edge": "edge", "alpine/edge": "edge", " Alpine/3.21 ": "v3.21", "3.25": "v3.25", "v3.28": "v3.28",
	} {
		if got, err := ParseBranch(in); err != nil || got != want {
			t.Errorf("ParseBranch(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"3.13", "3.29", "3.025", "3.+25", "4.0", "vv3.20", "debian/12", "3", "../edge"} {
		if got, err := ParseBranch(in); err == nil || !strings.Contains(err.Error(), "3.15, 3.14") {
			t.Errorf("ParseBranch(%q) = %q, %v", in, got, err)
		}
	}
}

func TestEndOfLife(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for branch, want := range map[string][2]string{
		"v3.14": {"2023-05-01", "3.21"}, "v3.19": {"2025-11-01", "3.21"}, "v3.20": {"2026-04-01", "3.21"},
		"v3.21": {}, "v3.24": {}, "v3.26": {}, "edge": {},
	} {
		if day, next := EndOfLife(branch, now); day != want[0] || next != want[1] {
			t.Errorf("%s: %q, %q; want %q", branch, day, next, want)
		}
	}
	if day, next := EndOfLife("v3.23", now.AddDate(20, 0, 0)); day == "" || next != DefaultAlpine {
		t.Errorf("in twenty years: %q, %q", day, next)
	}
	if day, _ := EndOfLife("v3.21", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)); day == "" {
		t.Error("the day itself")
	}
	for _, release := range Releases()[1:] {
		if _, err := time.Parse(time.DateOnly, supportEnds[release]); err != nil {
			t.Errorf("%s: %v", release, err)
		}
	}
}

func TestArches(t *testing.T) {
	host := apk.HostArch()
	for name, c := range map[string]struct {
		file            string
		options         []string
		arches, targets []string
	}{
		"this machine's":   {"", nil, []string{host}, []string{host}},
		"the file's":       {"architectures: [x86_64, riscv64]\n", nil, []string{"x86_64", "riscv64"}, []string{"x86_64", "riscv64"}},
		"the option's":     {"architectures: [x86_64, riscv64]\n", []string{"riscv64"}, []string{"riscv64"}, []string{"riscv64"}},
		"noarch":           {"architectures: [noarch]\n", nil, []string{noarch}, DefaultTargets()},
		"noarch for one":   {"architectures: [noarch]\n", []string{"riscv64"}, []string{noarch}, []string{"riscv64"}},
		"noarch, asked":    {"", []string{noarch, "x86"}, []string{noarch}, []string{"x86"}},
		"noarch, repeated": {"architectures: [noarch]\n", []string{noarch}, []string{noarch}, DefaultTargets()},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := text(t, "pakman.yml", c.file+packaged, source.Facts{}, Options{Arches: c.options})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{c.arches, c.targets}, [][]string{r.Arches, r.Targets}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCommand(t *testing.T) {
	for _, c := range []struct{ at, binary, want string }{
		{"", "app", "/var/lib/app/bin/app"},
		{"", "scripts/run.sh", "/var/lib/app/scripts/run.sh"},
		{"", "/usr/bin/node", "/usr/bin/node"},
		{"/usr/sbin/caddy", "caddy", "/usr/sbin/caddy"},
		{"/usr/sbin/", "caddy", "/usr/sbin/caddy"},
		{"/usr/sbin/caddy", "", "/usr/sbin/caddy"},
		{"current/bin", "app", "/var/lib/app/current/bin/app"},
		{"/usr/bin", "/opt/node", "/opt/node"},
	} {
		if got := command("/var/lib/app", c.at, c.binary); got != c.want {
			t.Errorf("command(%q, %q) = %s, want %s", c.at, c.binary, got, c.want)
		}
	}
}

func TestStopCall(t *testing.T) {
	s := newService("/var/lib/app", config.Service{Binary: "it's", Path: "/usr/bin", StopCall: "stop --now"})
	if want := `'/usr/bin/it'\''s' stop --now`; s.Stop != want {
		t.Errorf("stop is %s, want %s", s.Stop, want)
	}
}

func TestCompression(t *testing.T) {
	load := func(text string) *config.File {
		path := filepath.Join(t.TempDir(), "pakman.yml")
		if err := os.WriteFile(path, []byte("name: app\nbuild: {destinations: [bin]}\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, _, err := config.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, c := range apk.Compressions() {
		file := load("compression: " + string(c) + "\n")
		for option, want := range map[apk.Compression]apk.Compression{"": c, apk.Fast: apk.Fast} {
			r, err := Resolve(file, tagged, Options{Compression: option})
			if err != nil || r.Compression != want {
				t.Errorf("file %s, option %q: %v, error %v", c, option, r, err)
			}
		}
	}
	_, err := Resolve(load(""), tagged, Options{Compression: "tiny"})
	if want := `--compression: "tiny" is not one of fast, balanced, small`; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestSupervisor(t *testing.T) {
	const services = "build: {destinations: [bin]}\nrun:\n  services: [{name: web, binary: app}]\n"
	for name, c := range map[string]struct {
		file, yaml, want string
		loader           bool
		depends          []string
	}{
		"pakman":                      {"pakman.yml", services, superviseDaemon, false, nil},
		"pakman with s6":              {"pakman.yml", "dependencies: {runtime: [s6]}\n" + services, s6, true, []string{"s6"}},
		"pakman asks for s6":          {"pakman.yml", services + "  supervisor: s6\n", s6, true, []string{"s6"}},
		"instellar":                   {"instellar.yml", services, s6, true, []string{"s6"}},
		"instellar without s6":        {"instellar.yml", services + "  supervisor: supervise-daemon\n", superviseDaemon, true, nil},
		"no service":                  {"pakman.yml", "dependencies: {runtime: [s6]}\n" + packaged, "", false, []string{"s6"}},
		"static has no service":       {"instellar.yml", "type: static\n" + services, "", false, []string{"nginx"}},
		"custom of pakman has":        {"pakman.yml", "type: custom\npackage: make install\n" + services, superviseDaemon, false, nil},
		"custom of the platform none": {"instellar.yml", "type: custom\npackage: make install\n" + services, "", false, nil},
		"static is served":            {"pakman.yml", "type: static\n" + packaged, superviseDaemon, false, []string{"nginx"}},
		"static names nginx itself": {"pakman.yml", "type: static\ndependencies: {runtime: [nginx>1.20]}\n" + packaged, superviseDaemon,
			false, []string{"nginx>1.20"}},
		"static of the platform asks for it": {"instellar.yml", "type: static\nstatic: {root: bin}\n" + packaged, s6, true,
			[]string{"nginx", "s6"}},
		"static with a file for the machine's nginx": {"pakman.yml", "type: static\nfiles: [{source: a, destination: " +
			"/etc/nginx/http.d/a.conf}]\n" + packaged, "", false, []string{"nginx"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := text(t, c.file, c.yaml, source.Facts{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			user := ""
			if c.want != "" {
				user = "app"
			}
			if r.Supervisor != c.want || r.Loader != c.loader || r.User != user {
				t.Errorf("supervisor %q, loader %v, user %q", r.Supervisor, r.Loader, r.User)
			}
			if diff := cmp.Diff(c.depends, r.Depends); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDescription(t *testing.T) {
	f := &config.File{Name: "app", Path: "pakman.yml", Description: strings.Repeat("x", 128)}
	if _, err := Resolve(f, source.Facts{}, Options{}); err == nil || !strings.Contains(err.Error(), "description: is 128 bytes long") {
		t.Errorf("a long description: %v", err)
	}
	f.Name, f.Description = strings.Repeat("a", 128), ""
	if r, err := Resolve(f, source.Facts{}, Options{}); err != nil || len(r.Description) != 127 {
		t.Errorf("a long name: %v, %v", r, err)
	}
}

func TestDescribePart(t *testing.T) {
	r := &Recipe{Name: "app", Description: strings.Repeat("x", 125)}
	if got := describe(r, "doc"); got != "app (doc)" {
		t.Errorf("description %q", got)
	}
}
