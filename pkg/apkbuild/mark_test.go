package apkbuild

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// Blocks of the user's that stop, with the line at which they do; 0: they do not, or not at a command of theirs.
var stopping = map[string]struct {
	text string
	line int
}{
	"second":    {"echo one\nfalse\necho three\n", 2},
	"exit":      {"echo one\nexit 3\n", 2},
	"one line":  {"true; false; true", 1},
	"good":      {"echo one\necho two\n", 0},
	"continued": {"echo one \\\n  two\nfalse \\\n  a \\\n  b\n", 3},
	"branch":    {"if true; then\n  echo a\n  false\nelse\n  echo b\nfi\n", 3},
	"else":      {"if false; then\n  echo a\nelif false; then\n  :\nelse\n  sh -c 'exit 4'\nfi\necho end\n", 6},
	"loop":      {"for i in 1 2 3; do\n  echo $i\n  [ $i != 2 ]\ndone\n", 3},
	"while":     {"i=0\nwhile [ $i -lt 3 ]; do\n  i=$((i + 1))\n  test $i -lt 2\ndone\n", 4},
	"case":      {"case b in\na) echo a ;;\nb) false ;;\nesac\n", 3},
	"subshell":  {"(\n  cd /\n  false\n)\n", 3},
	"brace":     {"{\n  echo a\n  false\n} >/dev/null\n", 3},
	"and":       {"true &&\n  true &&\n  false\necho no\n", 1},
	"tolerated": {"false && true\nfalse || true\n! true\nif false; then :; fi\nfalse | true\necho on\nfalse\n", 7},
	"status": {"false || echo \"$?\"\nfalse && true\necho \"$?\"\ntrue\necho \"$?\"\nsh -c 'exit 7' || rc=$?\necho $rc\nexit $rc\n",
		8},
	"last status":  {"echo a\n[ -e /nonexistent ] && echo b\n", 2},
	"function":     {"helper() {\n  echo in\n  false\n}\necho before\nhelper\n", 6},
	"called":       {"helper() {\n  echo in\n}\nhelper && false\n", 4},
	"here":         {"cat <<EOF\nfalse\n$(echo x)\nEOF\ncat <<'EOF' | grep -q nothing\nfalse\nEOF\n", 5},
	"comment":      {"# first\n\n  # second\nfalse # why\n# last", 4},
	"substitution": {"x=$(\n  echo a\n  false\n)\n", 1},
	"background":   {"true &\nwait\n(exit 1) &\nwait $!\n", 4},
	"redirect":     {"echo a >/nonexistent/b\n", 1},
	"unset":        {"set -u\n: \"${nothing}\"\n", 2},
	"tolerant":     {"set +e\nfalse\ntrue\n", 0},
	"tolerant end": {"set +e\nfalse\nfalse\n", 3},
	"return":       {"echo a\nif true; then return 5; fi\necho b\n", 2},
	"clobber":      {"set -C\necho a\nfalse\n", 3},
	"fd":           {"exec 3>&1\necho three >&3\nfalse >&3\n", 3},
	"assignment":   {"A=1\nB=2 sh -c 'exit $B'\n", 2},
}

// Each block behaves with marks as without, in every shell that is here, and leaves the line at which it stopped.
func TestMarksNameTheLine(t *testing.T) {
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"busybox", "ash"}, {"bash", "--posix"}} {
		path, err := exec.LookPath(shell[0])
		if err != nil {
			t.Logf("%s is not on this machine", shell[0])
			continue
		}
		for name, tc := range stopping {
			t.Run(shell[0]+" "+name, func(t *testing.T) {
				marked, ok := markScript(tc.text)
				if !ok {
					t.Fatal("no marks")
				}
				dir := t.TempDir()
				run := func(body string) (string, int) {
					script := marker + "\nset -e\nbuild() {\n" + body + "\n}\ncd /tmp\nbuild\n"
					cmd := exec.Command(path, append(shell[1:], "-c", script)...)
					cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "startdir=" + dir}
					out, err := cmd.Output()
					if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
						t.Fatal(err)
					}
					return string(out), cmd.ProcessState.ExitCode()
				}
				wantOut, wantCode := run(tc.text)
				out, code := run(marked)
				if out != wantOut || code != wantCode {
					t.Errorf("exit code %d and output %q, without marks %d and %q", code, out, wantCode, wantOut)
				}
				if got := markedLine(dir); got != tc.line {
					t.Errorf("line %d, want %d:\n%s", got, tc.line, marked)
				}
			})
		}
	}
}

// No line of the APKBUILD moves, and whatever it says stays a shell's.
func TestMarkedKeepsLines(t *testing.T) {
	for name, r := range recipes() {
		d, err := Render(r)
		if err != nil {
			t.Fatal(err)
		}
		before := string(d[0].Body)
		marked := d.Marked(r)
		if string(d[0].Body) != before {
			t.Errorf("%s: the directory itself was changed", name)
		}
		lines := strings.Split(string(marked[0].Body), "\n")
		for i, line := range strings.Split(strings.TrimSuffix(before, "\n"), "\n") {
			if line != "" && !strings.HasSuffix(lines[i], strings.TrimLeft(line, "\t ")) {
				t.Errorf("%s: line %d is %q, with marks %q", name, i+1, line, lines[i])
			}
		}
		if _, err := parseShell(string(marked[0].Body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFailed(t *testing.T) {
	dir := t.TempDir()
	r := recipes()["custom-package"]
	d, err := Render(r)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, markFile)
	place := func(function, text string) string {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		pos, command, ok := d.Failed(r, dir, function)
		if !ok {
			return ""
		}
		return pos.String() + " " + command
	}
	for text, want := range map[string]string{
		"1": `pakman.yml:10:3 make install DESTDIR="$pkgdir"`, "5": "pakman.yml:14:3 # done", "6": "", "0": "", "-1": "", "": "",
		"1\n": "", "9999999999999": "", "../x": "",
	} {
		if got := place("package", text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := place("openrc", "1"); got != "" {
		t.Errorf("a function that is not the user's: %s", got)
	}
	if err := errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := d.Failed(r, dir, "package"); ok {
		t.Error("a pipe in the file's place was read")
	}
}

func TestMarkedBlockOfOneLine(t *testing.T) {
	r := &recipe.Recipe{Build: &recipe.Script{Text: "make", Pos: config.Pos{File: "f", Line: 3, Column: 12}}}
	d := Directory{{Name: "APKBUILD", Body: []byte("\nbuild() {\nmake\n}\n")}}
	want := "\nbuild() {\n_pakman_at 1 $? && :; make\n_pakman_at 0 $? && :; }\n" + marker
	if got := string(d.Marked(r)[0].Body); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
