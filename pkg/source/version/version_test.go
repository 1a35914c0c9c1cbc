package version

import (
	"cmp"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

func TestTranslate(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"1.2.3", "1.2.3"},
		{"v1.2.3", "1.2.3"},
		{"V1.2", "1.2"},
		{"refs/tags/v1.2.3", "1.2.3"},
		{" v1.2.3\n", "1.2.3"},
		{"release-1.4", "1.4"},
		{"Release/v1.4.0", "1.4.0"},
		{"version_2.0", "2.0"},
		{"v.2.0", "2.0"},
		{"v-2.0", "2.0"},
		{"20240115", "20240115"},
		{"2024.01.15", "2024.01.15"},
		{"2024-01-15", "2024.01.15"},
		{"2024-01-15-rc1", "2024.01.15_rc1"},
		{"1.2.3-rc.1", "1.2.3_rc1"},
		{"1.2.3-rc1", "1.2.3_rc1"},
		{"1.2.3-RC-1", "1.2.3_rc1"},
		{"1.2.3rc1", "1.2.3_rc1"},
		{"1.2.3.rc01", "1.2.3_rc1"},
		{"1.2.3-rc.0", "1.2.3_rc0"},
		{"1.2.3-rc.1.2", "1.2.3_rc1_p2"},
		{"1.2.3-beta.2+build5", "1.2.3_beta2"},
		{"1.2.3+build.5", "1.2.3"},
		{"1.2.3-alpha", "1.2.3_alpha"},
		{"1.2.3b2", "1.2.3_beta2"},
		{"1.2.3-dev.4", "1.2.3_alpha_pre4"},
		{"1.2.3.dev4", "1.2.3_alpha_pre4"},
		{"1.2.3-SNAPSHOT", "1.2.3_alpha_pre"},
		{"1.2.4-0", "1.2.4_alpha_pre0"},
		{"1.2.3-M2", "1.2.3_pre2"},
		{"1.2.3.post1", "1.2.3_p1"},
		{"1.2.3-p1", "1.2.3_p1"},
		{"1.2.3-hotfix.2", "1.2.3_p2"},
		{"1.2.3.Final", "1.2.3"},
		{"1.1.1a", "1.1.1a"},
		{"v1.1.1a", "1.1.1a"},
		{"1.2.3_git20240101", "1.2.3_git20240101"},
		{"1.2.3_rc1_p2", "1.2.3_rc1_p2"},
		{"v1.2.3-14-g0a1b2c3", "1.2.3_git14"},
		{"v1.2.3-0-g0a1b2c3", "1.2.3"},
		{"v1.2.3-rc.1-5-g0a1b2c3-dirty", "1.2.3_rc1_git5"},
		{"v1.2.3-dirty", "1.2.3"},
	} {
		got, err := Translate(c.in)
		if err != nil || got != c.want {
			t.Errorf("Translate(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
		if err := apk.CheckVersion(got); err != nil {
			t.Errorf("Translate(%q) = %q: %v", c.in, got, err)
		}
	}
}

func TestTranslateRefuses(t *testing.T) {
	for in, reason := range map[string]string{
		"":                             "empty",
		"  ":                           "empty",
		"main":                         "begin with a number",
		"feature/1.2":                  "begin with a number",
		"vnext":                        "begin with a number",
		"1.2.3-r4":                     "package release",
		"1.2.3_rc1-r0":                 "package release",
		"1.2.3-a1b2c3a":                "commit's hash",
		"1.2.3-0203b65":                "commit's hash",
		"0.0.0-b4c5a12":                "commit's hash",
		"1.2.3-0203165":                "commit's hash",
		"1.2.3-a123456":                "commit's hash",
		"1.2.3-rc.1.a1b2c3d4e5f6":      "commit's hash",
		"v1.2.3-beta-0a1b2c3":          "commit's hash",
		"1.2.3-a1b2":                   `"-a1b2"`,
		"1.2.3-rc1b2":                  `"-rc1b2"`,
		"1.2.3-1a":                     `"-1a"`,
		"1.2.3-banana":                 `"-banana"`,
		"1.2.3-rc.1.x":                 `"-rc.1.x"`,
		"1.2.3 beta":                   `" beta"`,
		"1.2..3":                       `"..3"`,
		"1.2.3-final.2":                `"-final.2"`,
		"1.2.3~rc1":                    `"~rc1"`,
		"1.2.3\nrm":                    "rm",
		"1.2.12345678901234567890":     "18 digits",
		"x-3-g0a1b2c3":                 "begin with a number",
		"1.0-99999999999999999999-gab": "18 digits",
	} {
		got, err := Translate(in)
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("Translate(%q) = %q, %v; want an error about %s", in, got, err, reason)
		}
	}
}

// TestOrder says in which order people mean their versions.
func TestOrder(t *testing.T) {
	written := []string{
		"0.9.0", "1.0.0-0", "1.0.0-dev.1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.2", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-m1",
		"1.0.0-rc.1", "v1.0.0-rc.1-5-gabcdef0", "1.0.0-rc.1.2", "1.0.0-rc.2", "v1.0.0+build5", "v1.0.0-1-gabcdef0", "v1.0.0-14-gabcdef0",
		"1.0.0-p1",
		"v1.0.1-rc.1", "1.0.1", "release-1.1", "v1.1-3-gabcdef0", "1.1.1", "1.1.1a", "1.10", "2.0.0", "2024-01-15", "2024-10-02",
	}
	var got []string
	for _, w := range written {
		v, err := Translate(w)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	for i := 1; i < len(got); i++ {
		if apk.Compare(got[i-1], got[i]) >= 0 {
			t.Errorf("%s (%s) should come before %s (%s)", got[i-1], written[i-1], got[i], written[i])
		}
	}
}

// TestSemVerOrder: of versions that are taken without a word, apk's order is SemVer's. They are drawn from the identifiers
// that people and tools write.
func TestSemVerOrder(t *testing.T) {
	words := []string{
		"alpha", "beta", "pre", "rc", "dev", "next", "canary", "preview", "post", "p", "a", "b", "c", "m", "RC", "Alpha", "final",
		"snapshot", "git",
		"rc1", "rc2", "rc10", "alpha1", "0", "1", "2", "9", "10", "11", "20240115", "a1b2c3d", "1a2b3c4", "beta-2", "x", "hotfix",
	}
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() (string, []string) {
		core := []string{"1.0.0", "1.0.1", "1.2.0", "0.10.0", "2024.1.15", "10.0.0"}[random.IntN(6)]
		var ids []string
		for range random.IntN(4) {
			ids = append(ids, words[random.IntN(len(words))])
		}
		return core, ids
	}
	compared := 0
	for range 40_000 {
		coreA, idsA := draw()
		coreB, idsB := draw()
		a, b := join(coreA, idsA), join(coreB, idsB)
		ta, errA := Translate(a)
		tb, errB := Translate(b)
		if errA != nil || errB != nil || !Faithful(a) || !Faithful(b) {
			continue
		}
		compared++
		if got, want := apk.Compare(ta, tb), semver(coreA, idsA, coreB, idsB); got != want {
			t.Fatalf("%s (%s) and %s (%s): %d, SemVer says %d", a, ta, b, tb, got, want)
		}
	}
	if compared < 1_000 {
		t.Errorf("only %d pairs were compared", compared)
	}
}

func join(core string, ids []string) string {
	if len(ids) == 0 {
		return core
	}
	return core + "-" + strings.Join(ids, ".")
}

// semver is the precedence of SemVer 2.0.0, chapter 11.
func semver(coreA string, a []string, coreB string, b []string) int {
	numbers := func(core string) []int {
		var out []int
		for n := range strings.SplitSeq(core, ".") {
			i, _ := strconv.Atoi(n)
			out = append(out, i)
		}
		return out
	}
	if c := slices.Compare(numbers(coreA), numbers(coreB)); c != 0 {
		return c
	}
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a))
	}
	return slices.CompareFunc(a, b, func(x, y string) int {
		nx, errX := strconv.Atoi(x)
		ny, errY := strconv.Atoi(y)
		switch {
		case errX == nil && errY == nil:
			return cmp.Compare(nx, ny)
		case errX == nil:
			return -1
		case errY == nil:
			return 1
		}
		return strings.Compare(x, y)
	})
}

func TestFaithful(t *testing.T) {
	for s, want := range map[string]bool{
		"1.2.3": true, "v1.2.3-rc.1": true, "1.2.3+5": true, "1.2.4-0": true, "1.2.3_rc1": true, "2024-01-15": false,
		"refs/tags/v1.0.0-alpha": true,
		"1.2.3-rc1":              false, "1.2.3-alpha.beta": false, "2024.1.15-1": false, "2024.1.15-rc.1": true, "1.2.3-dev.1": false,
		"1.2.3-p1":          false,
		"v1.2.3-4-gabcdef0": false, "1.2.3.Final": false,
	} {
		if Faithful(s) != want {
			t.Errorf("Faithful(%q) = %t", s, !want)
		}
	}
}

// TestSnapshot: it comes after what is released, and before the next release.
func TestSnapshot(t *testing.T) {
	for _, order := range [][]string{
		{"1.2.3", "1.2.3_git4", Snapshot("1.2.3", 4, "20260131120000"), Snapshot("1.2.3", 4, "20260131120001"), "1.2.3_git5", "1.2.4_alpha",
			"1.2.4"},
		{"1.2.3", Snapshot("1.2.3", 0, "20260131120000"), "1.2.3_git1"},
		{"1.2.3_rc1", Snapshot("1.2.3_rc1", 2, "20260131120000"), "1.2.3_rc2", "1.2.3"},
		{"1.2.2_p1", Before("1.2.3", "20260131120000"), Before("1.2.3", "20260131120001"), "1.2.3_alpha", "1.2.3"},
		{Before("1.2.3_rc1", "20260131120000"), "1.2.3_rc1"},
	} {
		for i := 1; i < len(order); i++ {
			if apk.CheckVersion(order[i]) != nil || apk.Compare(order[i-1], order[i]) >= 0 {
				t.Errorf("%s should come before %s", order[i-1], order[i])
			}
		}
	}
}

func TestAfter(t *testing.T) {
	for _, c := range []struct {
		v    string
		n    int
		next string // what comes after it
	}{
		{"1.2.3", 14, "1.2.4"},
		{"1.2.3", 14, "1.2.3_p1"},
		{"1.2", 14, "1.2.1"},
		{"1.2.3_rc1", 5, "1.2.3"},
		{"1.2.3_rc1", 5, "1.2.3_rc2"},
		{"1.1.1a", 5, "1.1.1b"},
		{"0.0.0", 3, "0.0.1"},
	} {
		got := After(c.v, c.n)
		if apk.CheckVersion(got) != nil || apk.Compare(c.v, got) >= 0 || apk.Compare(got, After(c.v, c.n+1)) >= 0 ||
			apk.Compare(got, c.next) >= 0 {
			t.Errorf("After(%s, %d) = %s does not lie before %s", c.v, c.n, got, c.next)
		}
	}
	if got := After("1.2.3", 0); got != "1.2.3" {
		t.Errorf("no commits after 1.2.3 is %s", got)
	}
}

func TestParseTag(t *testing.T) {
	for _, c := range []struct {
		name, prefix, version string
		dotted                bool
	}{
		{"v1.2.3", "", "1.2.3", true},
		{"v1", "", "1", false},
		{"release-1.4", "", "1.4", true},
		{"api/v1.2.3", "api", "1.2.3", true},
		{"services/api/v1.2.3-rc.1", "services/api", "1.2.3_rc1", true},
		{"@acme/ui@2.0.0", "@acme/ui", "2.0.0", true},
		{"web-1.0", "web", "1.0", true},
		{"web_v2", "web", "2", false},
		{"k8s-2-1.4", "k8s-2", "1.4", true},
	} {
		got, ok := ParseTag(c.name)
		want := Tag{Name: c.name, Prefix: c.prefix, Version: c.version}
		if !ok || got != want || got.Dotted() != c.dotted {
			t.Errorf("ParseTag(%q) = %+v, %v", c.name, got, ok)
		}
	}
	for _, name := range []string{"latest", "nightly-20240101", "build-5", "", "v", "api/latest", "a-1.2-banana"} {
		if got, ok := ParseTag(name); ok {
			t.Errorf("ParseTag(%q) = %+v", name, got)
		}
	}
}

func FuzzTranslate(f *testing.F) {
	for _, s := range []string{"v1.2.3", "1.2.3-rc.1", "2024-01-15", "v1.2-3-gabcd-dirty", "1.2.3a", "api/v1", "1_p", "1.0-final"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Translate(s)
		if err != nil {
			return
		}
		if !alpine.MatchString(v) {
			t.Fatalf("Translate(%q) = %q is not Alpine's form", s, v)
		}
		if again, err := Translate(v); err != nil || again != v {
			t.Fatalf("Translate(%q) = %q, %v", v, again, err)
		}
	})
}

// What versions are translated to is ordered by apk itself, where it is installed.
func TestOrderOfApk(t *testing.T) {
	apk, err := exec.LookPath("apk")
	if err != nil {
		t.Skip("apk is not on PATH")
	}
	// Each is older than the next.
	written := []string{
		"1.2.3-alpha", "1.2.3-alpha.2", "1.2.3-beta.2+build5", "v1.2.3-rc.1", "1.2.3-rc.1-5-gabcdef0", "1.2.3-rc.2",
		"release-1.2.3", "v1.2.3-14-gabcdef0", "1.2.4", "v1.10.0",
	}
	var versions []string
	for _, w := range written {
		tag, ok := ParseTag(w)
		if !ok {
			t.Fatalf("%s is no version", w)
		}
		v, err := Translate(tag.Version)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, v)
	}
	for i, a := range versions {
		for _, b := range versions[i+1:] {
			out, err := exec.Command(apk, "version", "-t", a, b).Output()
			if err != nil || strings.TrimSpace(string(out)) != "<" {
				t.Errorf("apk version -t %s %s: %s %v, want <", a, b, out, err)
			}
		}
	}
}
