package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	_, err := Find(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("an empty directory: %v", err)
	}
	for _, part := range []string{dir, "pakman.yml", "instellar.yml", "pakman init"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	for _, name := range slices.Backward(Names) { // each is preferred to those before it
		want := filepath.Join(dir, name)
		if err := os.WriteFile(want, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Find(dir); got != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	if _, err := Find(filepath.Join(dir, "pakman.yml")); err == nil {
		t.Error("a file counts as a directory")
	}
}

func TestInstellar(t *testing.T) {
	for name, want := range map[string]bool{"pakman.yml": false, "instellar.yml": true, "a/Instellar.YAML": true,
		"instellar.yml/x.yml": false} {
		if got := (&File{Path: name}).Instellar(); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestLoadMachine returns Load what is not the fault of a file's writer.
func TestLoadMachine(t *testing.T) {
	dir := t.TempDir()
	_, _, err := Load(filepath.Join(dir, "pakman.yml"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "pakman init") {
		t.Errorf("no file: %v", err)
	}
	if _, _, err = Load(dir); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a directory: %v", err)
	}
	closed := filepath.Join(dir, "closed.yml")
	if err := os.WriteFile(closed, nil, 0); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may read every file")
	}
	if _, _, err = Load(closed); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a closed file: %v", err)
	}
}

// TestText returns what is no mapping in YAML, in either file.
func TestText(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"empty":             {"", ": the file is empty. Write one with `pakman init --force`"},
		"comments":          {"\ufeff# nothing\n---\n...\n", ": the file is empty"},
		"null":              {"~\n", ": the file is empty"},
		"binary":            {"\x7fELF\x02\x00\x00", ": the file is binary"},
		"UTF-16":            {"\xff\xfea\x00", ": the file is UTF-16 text"},
		"Latin-1":           {"a: b\nc: é\xe9", ":2:5: byte 0xe9 is not UTF-8 text"},
		"control character": {"a: \x1b[1m", ":1:4: found the character U+001B ESCAPE"},
		"list":              {"- a\n- b\n", ":1:1: found a list at the top level"},
		"text":              {"\n\nname:app", ":3:1: found the text \"name:app\" at the top level"},
		"number":            {"42", ":1:1: found the number 42 at the top level"},
		"two documents":     {"---\na: b\n---\nc: d\n", ":4:1: a second YAML document begins here"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range []string{"pakman.yml", "instellar.yml"} {
				f, _, err := Parse(file, []byte(test.text))
				if f != nil || err == nil || !strings.HasPrefix(err.Error(), file+test.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("want %s%s, got %v", file, test.want, err)
				}
			}
		})
	}
}

// TestSyntax checks the places and reasons of text that is not YAML: the parser's own are often elsewhere.
func TestSyntax(t *testing.T) {
	for text, want := range map[string]string{
		"a:\n\tb: 1\n":                            "2:1: a tab in the indentation",
		"a:\n  b: 1\n\tc: 2\n":                    "3:1: a tab in the indentation",
		"-\tfoo\n":                                "1:2: a tab in the indentation",
		"a: |\n  foo\n\tbar\n":                    "3:1: a tab in the indentation",
		"a: 1\n b: 2\n":                           "2:3: the file is not YAML: an unexpected colon",
		"a: b: c\n":                               "1:5: the file is not YAML: an unexpected colon",
		"x:\n  a: 1\n  b: 2\n   c: 3\n":           "4:5: the file is not YAML: an unexpected colon",
		"é:\n  ü: ä: ö\n":                         "2:7: the file is not YAML: an unexpected colon",
		"x:\n  a: 1\n  b\n  c: 2\n":               "3:3: the file is not YAML: a key without a colon",
		"x: [1]\na: [b, c\nd: e\n":                "2:5: the file is not YAML: the list that [ opens",
		"a: {b: c\n":                              "1:5: the file is not YAML: the mapping that { opens",
		"q: \"x\"\na: \"foo\nb: c\n":              "2:4: the file is not YAML: the quote that opens here is never closed",
		"z: 1\na: *x\n":                           "2:4: the file is not YAML: the alias refers to an anchor",
		"a: **/*.js\n":                            "1:4: the file is not YAML: * and & begin an alias",
		"a: @foo\n":                               "1:4: the file is not YAML: an unquoted value may not begin with @",
		"z: 1\na: 'it's'\n":                       "2:8: the file is not YAML: the line does not fit",
		"- a\nb: c\n":                             "2:2: the file is not YAML: the line is indented like a list item",
		"a: \"\\q\"\n":                            "1:5: the file is not YAML: a backslash",
		"a: - b\n":                                "1:4: the file is not YAML: a list item on the line of its key",
		"build:\n  command: |\n    foo\n   bar\n": "4:4: the file is not YAML: the line does not fit",
		"a: 1\n...\nfoo":                          "3:1: the file is not YAML: text after the end",
		"%FOO\n---\na: 1\n":                       "1:2: the file is not YAML: a line that begins with %",
		"a: [,]\n":                                "1:4: the file is not YAML: a value is missing",
		"a: !<\n":                                 "1:5: the file is not YAML: did not find expected tag URI",
		"a: 1\nb: 2\nrun:\n- name: a\n   binary: b\nc: d": "5:10: the file is not YAML: an unexpected colon",
	} {
		_, _, err := Parse("pakman.yml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "pakman.yml:"+want) {
			t.Errorf("%q: want %s, got %v", text, want, err)
		}
	}
}

// TestTabs: where the meaning depends on the width of a tab, it is not guessed.
func TestTabs(t *testing.T) {
	const ambiguous = "build:\n  destinations:\n    - a\n  env:\n    A: b\n\tcommand: make\n"
	if _, _, err := Parse("instellar.yml", []byte(ambiguous)); err == nil || !strings.Contains(err.Error(), "a tab in the indentation") {
		t.Errorf("got %v", err)
	}
	const broken = "build:\n\tdestinations: [a\n"
	if _, _, err := Parse("instellar.yml", []byte(broken)); err == nil {
		t.Error("a list that is open was taken")
	}
}

// TestDialect reads what YAML 1.2 has and the parser has not.
func TestDialect(t *testing.T) {
	f, warnings,
		err := Parse("pakman.yml", []byte("%YAML 1.2\n---\nbuild: {destinations: [0o17, yes, 1_000, 2001-01-01, True, ~x]}\n---\n"))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if got := strings.Join(f.Build.Destinations, " "); got != "0o17 yes 1_000 2001-01-01 True ~x" {
		t.Errorf("got %s", got)
	}
}
