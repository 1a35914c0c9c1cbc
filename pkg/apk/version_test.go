package apk

import (
	"strings"
	"testing"
)

// TestVersionOrder holds chains in which each version is older than the next. apk 2.14 and 3.0
// agree on all without a "~".
func TestVersionOrder(t *testing.T) {
	for _, chain := range []string{
		"0 0.0 0.0.1 0.1 1",
		"1.2.3_alpha 1.2.3_alpha1 1.2.3_alpha2 1.2.3_alpha10 1.2.3_beta 1.2.3_pre 1.2.3_rc 1.2.3_rc1 1.2.3 1.2.3-r1 " +
			"1.2.3_cvs 1.2.3_svn 1.2.3_git 1.2.3_git20240101 1.2.3_git20240102 1.2.3_hg 1.2.3_p 1.2.3_p1 1.2.3a 1.2.3b 1.2.3.1 1.2.4",
		"1.9 1.10 1.99 1.100 2",
		"1.0 1.01 1.05 1.1 1.5",
		"1.0-r0 1.0-r1 1.0-r2 1.0-r10 1.0.0-r0",
		"1.0_rc1_alpha 1.0_rc1 1.0_rc1_git20240101 1.0_rc1_p1 1.0",
		"1 1~ab 1~abc 1_p",
		"9 10 20240131 10000000000000000",
		"1.2.3_rc1-r9 1.2.3-r0",
	} {
		versions := strings.Fields(chain)
		for i, a := range versions {
			for j, b := range versions {
				want := 0
				switch {
				case i < j:
					want = -1
				case i > j:
					want = 1
				}
				if got := Compare(a, b); got != want {
					t.Errorf("Compare(%q, %q) = %d, want %d", a, b, got, want)
				}
			}
		}
	}
}

func TestEqualVersions(t *testing.T) {
	for _, pair := range [][2]string{{"1.2", "1.2"}, {"01", "1"}, {"1_p0", "1_p00"}, {"1-r1", "1-r01"}, {"1.2-x", "1.2-y"}} {
		if got := Compare(pair[0], pair[1]); got != 0 {
			t.Errorf("Compare(%q, %q) = %d, want 0", pair[0], pair[1], got)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	for v := range strings.FieldsSeq(
		"1 0 1.2.3 1.2.3-r0 01.02 1.2a 1.2z_rc1 1_alpha 1_p1_git2-r12 1.2.3~deadbeef 1~0a-r1 20240131 12345678901234567") {
		if err := CheckVersion(v); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	for v, want := range map[string]string{
		"":                       "empty",
		"v1.0.0":                 `from "v1.0.0"`,
		"1.0.0-beta.2":           `from "-beta.2"`,
		"1.0.0+build":            `from "+build"`,
		"1.0.0-1":                `from "-1"`,
		"1..2":                   `from ".2"`,
		"1.":                     "cannot read",
		"1.0_":                   "cannot read",
		"1.0_foo":                `from "foo"`,
		"1.0_rc.1":               `from ".1"`,
		"1.0ab":                  `from "b"`,
		"1.0A":                   `from "A"`,
		"1-r":                    "cannot read",
		"1-r1-r2":                `from "-r2"`,
		"1-r1_p1":                `from "_p1"`,
		"1~":                     "cannot read",
		"1~xyz":                  `from "xyz"`,
		"1~AB":                   `from "AB"`,
		"1.0\n":                  "cannot read",
		"1/2":                    `from "/2"`,
		"123456789012345678":     "too long",
		"1_p123456789012345678":  "too long",
		strings.Repeat("1.", 60): "at most 100",
	} {
		if err := CheckVersion(v); err == nil {
			t.Errorf("%q was taken", v)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %q does not tell %q", v, err, want)
		}
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("1.2.3_rc1-r0", "1.2.3")
	f.Add("1.01", "1.1")
	f.Add("1_", "~")
	f.Fuzz(func(t *testing.T, a, b string) {
		if x, y := Compare(a, b), Compare(b, a); x != -y {
			t.Errorf("Compare gives %d one way and %d the other", x, y)
		}
		if Compare(a, a) != 0 {
			t.Errorf("%q differs from itself", a)
		}
		if CheckVersion(a) == nil && strings.ContainsAny(a, "/ \n+") {
			t.Errorf("%q was taken", a)
		}
	})
}

func TestCheckName(t *testing.T) {
	for name := range strings.FieldsSeq("a blog-openrc lib0.1+x_y 7zip R so.1 gtk4.0") {
		if err := CheckName(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"": "empty", "-a": "begin with", ".a": "begin with", "_a": "begin with", "a b": "' '", "a/b": "'/'",
		"grüße": "'ü'", "a\n": `'\n'`, "a=1": "'='", strings.Repeat("a", 129): "at most 128",
	} {
		wantError(t, CheckName(name), want)
	}
}

func TestCheckText(t *testing.T) {
	for _, s := range []string{"", "plain", "grüße = \"x\" $y `z` \\n", " spaces "} {
		if err := CheckText(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"a\nb", "\r", "\x00", "\t", "\x7f", "\u0085", "\xff"} {
		if CheckText(s) == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestArches(t *testing.T) {
	for goarch, want := range map[string]string{"amd64": "x86_64", "386": "x86", "arm64": "aarch64", "arm": "armv7",
		"loong64": "loongarch64", "s390x": "s390x"} {
		if got := alpineArch(goarch); got != want {
			t.Errorf("%s is %s, want %s", goarch, got, want)
		}
	}
	if err := checkArch(HostArch()); err != nil {
		t.Error(err)
	}
}
