package version

import (
	"os/exec"
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
		"1.0.0-rc.1", "v1.0.0-rc.1-5-gabcdef0", "1.0.0-rc.1.2", "1.0.0-rc.2", "v1.0.0+build5", "v1.0.0-1-gabcdef0", "v1.0.0-14-gabcdef0", "1.0.0-p1",
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
		if apk.CheckVersion(got) != nil || apk.Compare(c.v, got) >= 0 || apk.Compare(got, After(c.v, c.n+1)) >= 0 || apk.Compare(got, c.next) >= 0 {
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
