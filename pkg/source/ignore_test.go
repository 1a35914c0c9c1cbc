package source

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRules(t *testing.T) {
	for _, c := range []struct {
		patterns string
		out, in  string // files left out, files that stay
	}{
		{"# a comment\n\n   \n!\n/\n", "", "a #"},
		{"*.log", "a.log d/b.log", "a.log.gz log"},
		{"/*.log", "a.log", "d/b.log"},
		{"/dist", "dist dist/a", "d/dist"},
		{"dist/", "dist/a d/dist/a", "dist"},
		{"d/e", "d/e d/e/f", "x/d/e"},
		{"d/*", "d/e d/e/f", "x/d/e d"},
		{"d/*.c", "d/a.c", "d/e/a.c"},
		{"**/e", "e d/e d/e/f", "de"},
		{"d/**", "d/a d/e/f", "d x/d/a"},
		{"d/**/f", "d/f d/e/f d/e/e/f", "f x/d/f d/ef"},
		{"**", "a d/e", ""},
		{"a**b", "ab axxb d/axb", "a/b"},
		{"a?c", "abc", "a/c ac"},
		{"[a-c]x", "ax cx", "dx -x"},
		{"[!a-c]x", "dx", "ax /x"},
		{"[]-]x", "]x -x", "ax"},
		{"[[:digit:][:upper:]]x", "1x Ax", "ax"},
		{"[\\]]x", "]x", "\\x"},
		{"[a-", "", "a [a-"},
		{"[[:nope:]]x", "", "ax"},
		{"\\#a\n\\!b\n\\*c", "#a !b *c", "xc"},
		{"a\\", "", "a a\\"},
		{"a\\ \nb ", "", "a b\\"},
		{"b  \r\nc", "b c", ""},
		{"*\n!keep", "a keep/a/../b", "keep"},
		{"*.log\n!important.log", "a.log", "important.log d/important.log"},
		{"d/\n!d/a", "d/a d/b", ""},
		{"\ufeffa", "a", ""},
		{"*a*a*a*a*a*a*a*a*a*b", "", strings.Repeat("a", 300)},
		{"ä?", "äx", "ä"},
	} {
		r := parseRules("", c.patterns)
		for name := range strings.FieldsSeq(c.out) {
			if r.file(filepath.Clean(name)) != excluded {
				t.Errorf("%q leaves %q in", c.patterns, name)
			}
		}
		for name := range strings.FieldsSeq(c.in) {
			if r.file(name) == excluded {
				t.Errorf("%q leaves %q out", c.patterns, name)
			}
		}
	}
}

func TestRulesWithBlanks(t *testing.T) {
	r := parseRules("", "a\\ \nb\\  \n c")
	for name, want := range map[string]verdict{"a ": excluded, "a": silent, "b ": excluded, " c": excluded, "c": silent} {
		if got := r.file(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestRulesInclude(t *testing.T) {
	r := parseRules("sub", "!dist\n*.map")
	for name, want := range map[string]verdict{
		"sub/dist/a": included, "sub/dist/a.map": excluded, "dist/a": silent, "sub/a": silent, "sub/x/dist/b": included, "subdist": silent,
	} {
		if got := r.file(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if !r.negates() || parseRules("", "a").negates() {
		t.Error("negates")
	}
}

// TestRulesAsGit asks git about the same patterns, over a tree of files whose names collide with them.
func TestRulesAsGit(t *testing.T) {
	c := newCheckout(t)
	var files []string
	for _, dir := range []string{"", "a/", "b/", "a/b/", "a/b/a/", "ab/", "c d/"} {
		for _, name := range []string{"a.c", "b.c", "x", "ab.log", "#x", "!x", "y ", "[z]", "a-b", "\\q", "ö", ".dot"} {
			files = append(files, dir+name)
			c.write(dir+name, "")
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "b", "x", ".c", "*", "?", "/", "/", "**/", "/**", "[ab]", "[!a]", "[a-c]", "\\", " ", "!", "#", "log",
		"[[:alpha:]]", "[z", "]", "y", "-"}
	for round := range 150 {
		var text strings.Builder
		for range 1 + random.IntN(4) {
			if random.IntN(4) == 0 {
				text.WriteString("!")
			}
			for range 1 + random.IntN(4) {
				text.WriteString(pieces[random.IntN(len(pieces))])
			}
			text.WriteString("\n")
		}
		if hasGitsQuirk(text.String()) {
			continue
		}
		c.compareWithGit(fmt.Sprintf("round %d", round), text.String(), files)
	}
	for _, name := range []string{"*.c\n!a.c\n", "a/**/a.c\n", "/*\n!/a\n/a/*\n!/a/b\n", "**/b/**\n", "c d/\n", "y\\ \n", "[]]\n",
		"\\[z\\]\n", "a/*/\n"} {
		c.compareWithGit("by hand", name, files)
	}
}

// hasGitsQuirk tells patterns for which git departs from its documentation: a run of stars behind
// literal text, and slashes next to each other or escaped.
func hasGitsQuirk(text string) bool {
	for line := range strings.Lines(text) {
		before, _, found := strings.Cut(line, "**")
		if found && before != "" && !strings.HasSuffix(before, "/") || strings.Contains(line, "***") {
			return true
		}
	}
	return strings.Contains(text, "//") || strings.Contains(text, "\\/")
}

func (c *checkout) compareWithGit(name, patterns string, files []string) {
	c.t.Helper()
	exclude := filepath.Join(c.env["HOME"], "exclude")
	if err := os.WriteFile(exclude, []byte(patterns), 0o600); err != nil {
		c.t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(c.git("ls-files", "-z", "--others", "--exclude-from="+exclude), "\x00"), "\x00")
	want = slices.DeleteFunc(want, func(s string) bool { return s == "" })
	var got []string
	r := parseRules("", patterns)
	for _, file := range files {
		if r.file(file) != excluded {
			got = append(got, file)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got, cmp.Transformer("nil", func(s []string) string { return strings.Join(s, "\n") })); diff != "" {
		c.t.Errorf("%s: patterns %q: (-git +ours)\n%s", name, patterns, diff)
	}
}

func FuzzRules(f *testing.F) {
	for _, s := range []string{"*.c\n!a/**/b", "[a-z", "[[:digit:]]", "a\\", "**/**/**", "[!]-]", "\\ \n /"} {
		f.Add(s, "a/b/c.c")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		r := parseRules("", text)
		if v := r.file(name); v == included && !r.negates() {
			t.Fatalf("%q includes %q without a negated pattern", text, name)
		}
		if literal := "/" + escape(name); !strings.ContainsAny(name, "\x00\n\r\\ /") && name != "" {
			if parseRules("", literal).file(name) != excluded {
				t.Fatalf("%q does not match %q", literal, name)
			}
		}
	})
}

// escape makes a pattern of a name.
func escape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		b.WriteByte('\\')
		b.WriteByte(name[i])
	}
	return b.String()
}
