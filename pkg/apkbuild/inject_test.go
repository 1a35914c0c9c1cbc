package apkbuild

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// spread puts s into every field of a recipe that is not a command block of the user's; kind chooses where it stands alone.
func spread(s string, kind uint8) *recipe.Recipe {
	r := nasty()
	text := []*string{&r.Description, &r.URL, &r.License, &r.Maintainer, &r.Destinations[0], &r.Files[0].Source,
		&r.Services[0].Name, &r.Services[0].Directory, &r.Services[0].Command, &r.Subpackages[0].Description}
	for _, t := range text {
		*t = s
	}
	r.Files[0].Destination, r.Services[0].Command, r.Services[0].Directory = "/etc/"+s, "/"+s, "/"+s
	r.BuildEnv, r.Environment = map[string]string{"A": s}, map[string]string{"B": s}
	r.Subpackages[0].Files = []string{s}
	fields := []*string{&r.Name, &r.Version, &r.User, &r.Supervisor, &r.Depends[0], &r.Files[0].Mode, &r.Files[0].Owner,
		&r.Subpackages[0].Name, &r.Commands[0].Name, &r.Services[0].Args, &r.Arches[0]}
	if int(kind) < len(fields) {
		*fields[kind] = s
	}
	if int(kind) == len(fields) {
		r.BuildEnv[s], r.Environment[s] = "x", "x"
	}
	return r
}

// FuzzNothingRuns renders recipes full of foreign text and shows that none of it becomes a command, and that the
// values arrive as they were.
func FuzzNothingRuns(f *testing.F) {
	for _, s := range []string{"", "a", nastyText, "'; touch pwned; '", "\"; touch pwned; \"", "$(touch pwned)", "`touch pwned`",
		"a\ntouch pwned\n", "x() { touch pwned; }",
		"}\ntouch pwned\nx() {", "EOF", "*) touch pwned ;;", "\\", "'", "\xff", "*", "a;touch pwned", "a && touch pwned", "a #", "--",
		"/../x"} {
		for kind := range uint8(12) {
			f.Add(s, kind)
		}
	}
	f.Fuzz(func(t *testing.T, s string, kind uint8) {
		// The parser reads CR LF as a line break, as no shell does.
		s = strings.ReplaceAll(s, "\r", "")
		r := spread(s, kind)
		d, err := Render(r)
		if err != nil {
			if _, ok := errors.AsType[config.Faults](err); !ok {
				t.Fatalf("not for the user: %v", err)
			}
			return
		}
		for _, file := range d {
			onlyKnownCommands(t, file)
		}
		for name, want := range map[string]string{"pkgdesc": r.Description, "url": r.URL, "license": r.License, "maintainer": r.Maintainer,
			"A": s} {
			if name == "maintainer" && s == "" {
				continue
			}
			if got := assigned(t, d[0].Body, name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if r.Supervisor != "" {
			sourced(t, d, r)
		}
	})
}

// known are all commands of the generated files; functions of the file itself come on top.
var known = strings.Fields(`local shift [ continue printf return cp install find chown chmod mkdir ln case amove need after checkpath eerror
	cd su s6-setuidgid exec export echo exit set eval . id env addgroup adduser rc-service rm rmdir s6-svscanctl default_prepare
	default_openrc stat cat sha256sum read s6-svc _environment
	_pause unset awk mkfifo sleep trap wait`)

// ownSubstitution is what the templates themselves substitute.
var ownSubstitution = regexp.MustCompile(`^\$\((stat -c %U(:%G)? /var/l[a-z]+/[A-Za-z0-9._+-]+ 2>/dev/null|` +
	`awk 'BEGIN [^']*'|_common "\$1" "\$pkgdir\$2"|cat /etc/init.d/[A-Za-z0-9._+-]+ /etc/conf.d/[A-Za-z0-9._+-]+ 2>/dev/null \| sha256sum)\)$`)

// comparing are the functions of the APKBUILD that compare files: they hold nothing of the recipe.
var comparing = regexp.MustCompile(`(?ms)^_(common|collide|sizes)\(\) \{$.*?^\}$`)

// onlyKnownCommands fails for commands, substitutions and declarations that the templates do not hold.
func onlyKnownCommands(t *testing.T, file File) {
	t.Helper()
	body := comparing.ReplaceAll(file.Body, nil)
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(bytes.NewReader(body), file.Name)
	if err != nil {
		t.Fatalf("%v\n%s", err, file.Body)
	}
	declared := []string{"_copy", "_collide", "_sizes", "_install", "_application"}
	syntax.Walk(parsed, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			if text := body[n.Pos().Offset():n.End().Offset()]; !ownSubstitution.Match(text) {
				t.Errorf("%s: the substitution %s appeared\n%s", file.Name, text, file.Body)
			}
			return false
		case *syntax.ProcSubst, *syntax.BinaryCmd, *syntax.Subshell:
			if bytes.HasPrefix(body[n.Pos().Offset():], []byte("(LC_ALL=C awk ")) {
				return true // what rotates the log
			}
			if b, ok := n.(*syntax.BinaryCmd); ok && (b.Op == syntax.AndStmt || b.Op == syntax.OrStmt) {
				return true
			}
			t.Errorf("%s: a %T appeared\n%s", file.Name, n, file.Body)
		case *syntax.CallExpr:
			if len(n.Args) > 0 && !slices.Contains(append(declared, known...), n.Args[0].Lit()) {
				t.Errorf("%s: the command %q appeared\n%s", file.Name, n.Args[0].Lit(), file.Body)
			}
		}
		return true
	})
}

// assigned returns the value of the last assignment to name at the top of a script, read by the parser.
func assigned(t *testing.T, body []byte, name string) string {
	t.Helper()
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(bytes.NewReader(body), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, stmt := range slices.Backward(parsed.Stmts) {
		call, ok := stmt.Cmd.(*syntax.CallExpr)
		if !ok {
			continue
		}
		for _, a := range call.Assigns {
			if a.Name.Value == name {
				return plainValue(t, a.Value)
			}
		}
		if len(call.Args) == 2 && call.Args[0].Lit() == "export" {
			if value, found := strings.CutPrefix(plainValue(t, call.Args[1]), name+"="); found {
				return value
			}
		}
	}
	t.Fatalf("nothing assigns %s in\n%s", name, body)
	return ""
}

// plainValue returns the text of a word without expansions.
func plainValue(t *testing.T, w *syntax.Word) string {
	t.Helper()
	if w == nil {
		return ""
	}
	var out strings.Builder
	for _, p := range w.Parts {
		switch p := p.(type) {
		case *syntax.SglQuoted:
			out.WriteString(p.Value)
		case *syntax.Lit:
			out.WriteString(strings.ReplaceAll(p.Value, `\'`, "'"))
		default:
			t.Fatalf("%T in a value", p)
		}
	}
	return out.String()
}

// sourced reads the files with a real shell in an empty directory, which must stay empty.
func sourced(t *testing.T, d Directory, r *recipe.Recipe) {
	t.Helper()
	dir, empty := t.TempDir(), t.TempDir()
	if err := d.Write(dir); err != nil {
		t.Fatal(err)
	}
	script := `. "$1/APKBUILD"; . "$1/$pkgname.confd"; . "$1/$pkgname.initd"; printf '%s|%s|%s|%s|%s' "$pkgdesc" "$url" "$A" "$B" "$description"`
	cmd := exec.Command("sh", "-c", script, "sh", dir)
	cmd.Dir = empty
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := strings.Join([]string{r.Description, r.URL, r.BuildEnv["A"], r.Environment["B"], r.Description}, "|")
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("values (-want +got)\n%s", diff)
	}
	left, err := os.ReadDir(empty)
	if err != nil || len(left) > 0 {
		t.Errorf("something ran and left %v, %v", left, err)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "pwned")); found != nil {
		t.Error("something ran")
	}
}
