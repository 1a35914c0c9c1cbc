package abuild

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/builder"
)

func itoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func mustFind(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("abuild")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWishesAreNamesOnly(t *testing.T) {
	for _, line := range []string{
		wishApk + " add --virtual .makedepends-x ;reboot",
		wishApk + " add --virtual other nodejs",
		wishGroup + " -S --shell=/bin/sh",
		wishUser + " -S -D -H -G Group name",
		wishUser + " -S -D -H -G ok -u0",
	} {
		if w, err := parseWishes([]byte(line + "\n")); err == nil {
			t.Errorf("%s: accepted as %+v", line, w)
		}
	}
	w, err := parseWishes(
		[]byte(wishApk + " add --wait 30 --virtual .makedepends-x --root=/ --allow-untrusted !vim a>=1 --repository /r\n"))
	want := wishes{virtual: ".makedepends-x", packages: []string{"!vim", "a>=1"}}
	if diff := cmp.Diff(want, w, cmp.AllowUnexported(wishes{})); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestFindAccount(t *testing.T) {
	needRoot(t)
	if a, err := findAccount("nobody"); err != nil || a.UID == 0 || a.GID == 0 {
		t.Errorf("nobody: %+v, %v", a, err)
	}
	if a, err := findAccount("root"); err == nil {
		t.Errorf("root: %+v", a)
	}
}

func TestMissingCommand(t *testing.T) {
	tests := map[string]string{
		"/usr/bin/abuild: line 9: npm: not found":                   "npm",
		"bash: line 1: mix: command not found":                      "mix",
		"env: can't execute 'node': No such file or directory":      "node",
		"env: ‘python3’: No such file or directory":                 "python3",
		`go: exec: "gcc": executable file not found in $PATH`:       "gcc",
		"cat: /x: No such file or directory":                        "",
		"ERROR: 404 page not found on the server, said the program": "",
	}
	for line, want := range tests {
		if got := missingCommand([]string{"first", line, "last"}); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestMonitorCutsLongLines(t *testing.T) {
	m := newMonitor(nil, nil)
	for range 3 {
		if _, err := m.Write([]byte(strings.Repeat("x", lineBytes))); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 * tailLines {
		if _, err := m.Write([]byte("\r\nlast")); err != nil {
			t.Fatal(err)
		}
	}
	m.finish()
	if len(m.tail) != tailLines || m.tail[tailLines-1] != "last" {
		t.Errorf("%d lines, the last %q", len(m.tail), m.tail[len(m.tail)-1])
	}
}

func TestErrorTexts(t *testing.T) {
	tests := map[string]error{
		"abuild refuses the package in its step fetch: no": refuse("fetch", []string{"no"}, []string{"a"}),
		"abuild refuses the package\n    a\n    b":         refuse("", nil, []string{"a", "b"}),
		"dependencies: cannot install a, b; do\n    because": &DependencyError{Packages: []string{"a", "b"}, Hint: "do",
			Detail: []string{"because"}},
	}
	for want, err := range tests {
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestConfiguration(t *testing.T) {
	if _, err := configuration("/key", builder.Job{Inputs: builder.Inputs{Env: map[string]string{"A": "a\x00b"}}}, "/home"); err == nil {
		t.Error("accepted")
	}
	env := map[string]string{"WITH-DASH": "x", "B": "1", "A": "$(reboot)\n", "GOFLAGS": "-v"}
	text, err := configuration("/key", builder.Job{Inputs: builder.Inputs{Env: env}}, "/home")
	if diff := cmp.Diff("PACKAGER_PRIVKEY=/key\nexport A='$(reboot)\n'\nexport B=1\nexport GOFLAGS=-v\n", text); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
