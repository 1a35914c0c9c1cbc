package apkbuild

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

func TestScriptFaults(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		line       int // of the fault, the script's first line being 10; 0: none
		says       string
	}{
		{"fine", "a\nb # }\n", 0, ""},
		{"no last line break", "make", 0, ""},
		{"comments only", "# nothing\n", 0, ""},
		{"here-document", "cat <<EOF\n}\nEOF", 0, ""},
		{"bash", "[[ -n $x ]] && a=(1 2)\n", 0, ""},
		{"brace", "a\n}\nb\n", 11, "line 2"},
		{"brace on one line", "a; }", 10, ""},
		{"quote", "a\necho 'x\n", 11, "quote"},
		{"parenthesis", "a\n)\n", 11, ""},
		{"if without fi", "if a; then\nb\n", 10, ""},
		{"open here-document", "cat <<EOF\nx\n", 10, ""},
		{"backslash at the end", "make \\\n", 10, "runs over its end"},
		{"ends the function and opens another", "a\n}\nx() {\nb\n", 11, ""},
		{"NUL", "a\x00", 10, "NUL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, hook := range []bool{false, true} {
				r := recipes()["static"]
				r.Build = block(10, tc.text)
				if hook {
					r.Build, r.Hooks = nil, map[string]recipe.Script{"post-install": *block(10, tc.text)}
				}
				d, err := Render(r)
				if tc.line == 0 {
					if err != nil {
						t.Fatal(err)
					}
					checkSyntax(t, d)
					continue
				}
				var faults config.Faults
				if !errors.As(err, &faults) || len(faults) != 1 {
					t.Fatalf("%#v", err)
				}
				f := faults[0]
				if f.Pos.Line != tc.line || f.Pos.File != "pakman.yml" || !strings.Contains(f.Message, tc.says) || f.Hint == "" {
					t.Errorf("%s: %s (%s)", f.Pos, f.Message, f.Hint)
				}
			}
		})
	}
}

// checkSyntax shows what was rendered to the shells that will run it. sh stands for POSIX: bash's own syntax is not for it.
func checkSyntax(t *testing.T, d Directory) {
	t.Helper()
	dir := t.TempDir()
	if err := d.Write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	for _, f := range d {
		if out, err := exec.Command("bash", "-n", filepath.Join(dir, f.Name)).CombinedOutput(); err != nil {
			t.Errorf("%s: %s\n%s", f.Name, out, f.Body)
		}
	}
}

func TestScriptFaultsAllAtOnce(t *testing.T) {
	r := recipes()["static"]
	r.Prepare, r.Build, r.Check = block(1, "'\n"), block(5, "("), block(9, "ok")
	_, err := Render(r)
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Fatalf("%#v", err)
	}
	if faults[0].Key != "build.prepare" || faults[1].Key != "build.command" {
		t.Errorf("%#v", faults)
	}
}

func TestPosition(t *testing.T) {
	r := recipes()["custom-package"]
	d, err := Render(r)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i, line := range strings.Split(string(d[0].Body), "\n") {
		if pos, ok := d.Position(r, i+1); ok {
			got[line] = pos.String()
		}
	}
	want := map[string]string{
		"patch -p1 < fix.patch":            "pakman.yml:4:3",
		"make":                             "pakman.yml:6:3",
		"make check":                       "pakman.yml:8:3",
		"make install DESTDIR=\"$pkgdir\"": "pakman.yml:10:3",
		"cat > \"$pkgdir\"/usr/share/tool/README <<EOF": "pakman.yml:11:3",
		"  indented }": "pakman.yml:12:3",
		"EOF":          "pakman.yml:13:3",
		"# done":       "pakman.yml:14:3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("positions (-want +got)\n%s", diff)
	}
	if _, ok := (Directory{}).Position(r, 1); ok {
		t.Error("an empty directory has a position")
	}
}

func TestCommandLine(t *testing.T) {
	for _, tc := range []struct {
		args, line string
		words      bool
	}{
		{"", "exec /bin/x", true},
		{" server -p $PORT \n", "exec /bin/x server -p $PORT", true},
		{`eval 'A.b()' "${X}"`, `exec /bin/x eval 'A.b()' "${X}"`, true},
		{"a > /dev/null", "exec /bin/x a > /dev/null", false},
		{"$(date)", "exec /bin/x $(date)", false},
		{"${A:=b}", "exec /bin/x ${A:=b}", false},
		{"$((1+1))", "exec /bin/x $((1+1))", false},
		{"a # b", "exec /bin/x a # b", true},
		{"a; b", "/bin/x a; b", false},
		{"a && b", "/bin/x a && b", false},
		{"a &", "/bin/x a &", false},
	} {
		line, words, err := commandLine("/bin/x", tc.args)
		if err != nil || line != tc.line || words != tc.words {
			t.Errorf("%q gives %q, %v, %v", tc.args, line, words, err)
		}
	}
	for _, args := range []string{"'", "a)", "$(", "a\x00"} {
		r := goService()
		r.Services[0].Args = args
		r.Commands[0].Args = args
		_, err := Render(r)
		var faults config.Faults
		if !errors.As(err, &faults) || len(faults) < 2 {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestControlsService(t *testing.T) {
	for text, want := range map[string]bool{
		"rc-service app migrate":                      false,
		"rc-update add app":                           false,
		"rc-service app stop":                         true,
		"if true; then\nrc-service app restart\nfi\n": true,
		"s6-svc -r /var/svc.d/app":                    true,
		"echo rc-service app stop":                    false,
	} {
		s, fault := newScript("hook.x", recipe.Script{Text: text})
		if fault != nil || controlsService(s) != want {
			t.Errorf("%q: %v, fault %v", text, !want, fault)
		}
	}
}
