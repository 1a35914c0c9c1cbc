package apkbuild

import (
	"os/exec"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":             "''",
		"plain-1.0/x":  "plain-1.0/x",
		"a b":          "'a b'",
		"it's":         `'it'\''s'`,
		"a=b":          "'a=b'",
		"-n":           "-n",
		"if":           "'if'",
		"~":            "'~'",
		"line\nbreak":  "'line\nbreak'",
		"$(x)`y`\\\"!": "'$(x)`y`\\\"!'",
		"é\xff":        "'é\xff'",
	} {
		if got, err := Quote(in); err != nil || got != want {
			t.Errorf("Quote(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := Quote("a\x00b"); err == nil {
		t.Error("NUL is accepted")
	}
}

// FuzzQuote asks real shells what a quoted word means: as an argument, as the value of an assignment, and evaluated twice.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "it's", "$HOME", "a\nb\n", "\\", "'", "''\\''", "-e", "*", "~root", "\r\n\t\x01\x7f", "é\xff",
		"{a,b}", "!x", "a=b", "if", "#x", nastyText} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := Quote(s)
		if err != nil {
			if !strings.Contains(s, "\x00") {
				t.Fatalf("Quote(%q): %v", s, err)
			}
			return
		}
		twice, err := Quote("printf '%s|' " + q)
		if err != nil {
			t.Fatal(err)
		}
		for _, shell := range shells(t) {
			script := "x=" + q + "\nprintf '%s|' " + q + " \"$x\"\neval " + twice
			out, err := exec.Command(shell[0], append(shell[1:], "-c", script)...).Output()
			if want := strings.Repeat(s+"|", 3); err != nil || string(out) != want {
				t.Errorf("%v reads %q as %q, %v", shell, q, out, err)
			}
		}
	})
}

func TestGlob(t *testing.T) {
	for in, want := range map[string]string{
		"dist/*":        "dist/*",
		"my dir/*.js":   "'my dir/'*.js",
		"a?[b-c][!d]":   "a?[b-c][!d]",
		"[x y]":         "'[x y]'",
		"a[":            "'a['",
		`a\*b`:          "'a*b'",
		"$(x)*":         "'$(x)'*",
		"{a,b}":         "'{a,b}'",
		"~/x":           "'~/x'",
		"it's*":         `'it'\''s'*`,
		"[[:digit:]]":   "[[:digit:]]",
		"rel/app/*/bin": "rel/app/*/bin",
	} {
		if got, err := glob(in); err != nil || got != want {
			t.Errorf("glob(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := glob("a\x00"); err == nil {
		t.Error("NUL is accepted")
	}
}

func TestRefusals(t *testing.T) {
	for what, f := range map[string]func() (string, error){
		"list":    func() (string, error) { return list([]string{"a", `b"$(x)`}) },
		"beside":  func() (string, error) { return beside([]string{"a b"}, nil) },
		"name":    func() (string, error) { return name("a b") },
		"comment": func() (string, error) { return comment("a\nb") },
		"splits":  func() (string, error) { return splits([]subpackage{{Name: "a;b"}}) },
	} {
		if got, err := f(); err == nil {
			t.Errorf("%s gives %q", what, got)
		}
	}
}
