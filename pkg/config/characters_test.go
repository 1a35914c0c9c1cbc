package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
)

// values are lines of a file, with %s for a character within a value that a package's metadata holds. It follows "ab".
var values = map[string]string{
	"name":                    "name: ab%s\n",
	"version":                 "version: 1.ab%s2\n",
	"description":             "description: cab%s d\n",
	"url":                     "url: https://ab%sc.example\n",
	"license":                 "license: Mab%sT\n",
	"maintainer":              "maintainer: ab%s <ann@example.com>\n",
	"dependencies.runtime[1]": "dependencies:\n  runtime:\n    - curl\n    - ab%s\n",
	"dependencies.build[0]":   "dependencies: {build: ['ab%s']}\n",
	"provides[0]":             "provides: [\"ab%sc\"]\n",
	"replaces[0]":             "replaces: [ab%sc]\n",
	"conflicts[0]":            "conflicts:\n- ab%sc\n",
	"subpackages[0].name":     "subpackages: [{name: ab%s, files: [x]}]\n",
	"run.user":                "run: {user: ab%sc}\n",
	"run.environment.KEY":     "run: {environment: {KEY: ab%sc}}\n",
	"files[0].source":         "files: [{source: ab%sc, destination: /etc/x}]\n",
	"files[0].destination":    "files: [{source: x, destination: /etc/ab%sc}]\n",
	"build.destinations[0]":   "build: {destinations: [ab%sc]}\n",
}

// hiddenRunes are one or more of each kind that YAML allows in a file as it is.
func hiddenRunes() []rune {
	runes := []rune{0xad, 0x61c, 0x34f, 0x115f, 0x180e, 0x202f, 0x205f, 0x3000, 0x3164, 0xfeff, 0xfe0f, 0xa0, 0x1680, 0xe0001, 0xe0100}
	for _, within := range [][2]rune{{0x2000, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f}} {
		for r := within[0]; r <= within[1]; r++ {
			runes = append(runes, r)
		}
	}
	return runes
}

// A character that nobody sees is refused where it is, by its number: apk reads a U+00A0 at the end of a dependency as
// part of its name, and other readers as nothing.
func TestHiddenCharacters(t *testing.T) {
	for key, format := range values {
		for _, r := range hiddenRunes() {
			text := "run: {name: x}\n" + fmt.Sprintf(format, string(r)) + "stack: edge\n"
			if strings.HasPrefix(format, "run") {
				text = "stack: edge\n" + fmt.Sprintf(format, string(r))
			}
			for _, file := range []string{"pakman.yml", "instellar.yml"} {
				wantCharacter(t, file, text, key, r)
			}
		}
	}
}

func wantCharacter(t *testing.T, file, text, key string, r rune) {
	t.Helper()
	before, _, _ := strings.Cut(text, string(r))
	line := 1 + strings.Count(before, "\n")
	column := 1 + len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	_, _, err := Parse(file, []byte(text))
	want := fmt.Sprintf("%s:%d:%d: %s: found the character %s. ", file, line, column, key, CodePoint(r))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%U in %s: %v\nwant %s", r, key, err, want)
	}
}

// Characters that YAML writes as escapes are found where the value begins.
func TestEscapedCharacters(t *testing.T) {
	for escape, name := range map[string]string{
		`\_`: "U+00A0 NO-BREAK SPACE", `\N`: "U+0085 NEXT LINE", `\L`: "U+2028 LINE SEPARATOR", `\e`: "U+001B ESCAPE",
		`\u202e`: "U+202E RIGHT-TO-LEFT OVERRIDE", `\x9b`: "U+009B CONTROL SEQUENCE INTRODUCER", `\t`: "U+0009 CHARACTER TABULATION",
	} {
		_, _, err := Parse("pakman.yml", []byte(`dependencies: {runtime: ["a`+escape+`b"]}`))
		if err == nil || !strings.Contains(err.Error(), "pakman.yml:1:26: dependencies.runtime[0]: found the character "+name) {
			t.Errorf("%s: %v", escape, err)
		}
	}
}

// A script may hold any text, but nothing that makes it look different from what it does.
func TestCharactersOfScripts(t *testing.T) {
	for text, want := range map[string]string{
		"build:\n  command: |\n    make\n    echo 'a\u202eb'\n": "pakman.yml:4:12: build.command: found the character U+202E " +
			"RIGHT-TO-LEFT OVERRIDE",
		"build: {command: \"echo \\e[31m\"}":                      "pakman.yml:1:18: build.command: found the character U+001B ESCAPE",
		"hook: {post-install: \"echo \\u2066\"}":                  "hook.post-install: found the character U+2066 LEFT-TO-RIGHT ISOLATE",
		"build: {env: {A: \"x\\u0000\"}}":                         "build.env.A: found the character U+0000 NULL",
		"run: {services: [{name: a, binary: a, stop: \"a\\r\"}]}": "run.services[0].stop: found the character U+000D CARRIAGE RETURN",
	} {
		_, _, err := Parse("pakman.yml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
	_, _, err := Parse("pakman.yml", []byte("package: |\n  echo 'à 10\u00a0€ 👩\u200d💻' >\"$pkgdir\"/x\n"))
	if err != nil {
		t.Errorf("ordinary text is refused: %v", err)
	}
}

// Line ends that only some versions of YAML know are refused anywhere in the file.
func TestLineEnds(t *testing.T) {
	for _, r := range []rune{0x85, 0x2028, 0x2029} {
		_, _, err := Parse("pakman.yml", []byte("# a"+string(r)+"\npackage: x\n"))
		var faults Faults
		if !errors.As(err, &faults) || faults[0].Pos.Line != 1 || faults[0].Pos.Column != 4 {
			t.Errorf("%U: %v", r, err)
		}
	}
}

// Every white space and every character without width has a name or at least its number, and none is missed.
func TestHidden(t *testing.T) {
	for r := rune(1); r < unicode.MaxRune; r++ {
		invisible := unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Bidi_Control, unicode.Zs)
		if got := Hidden("a"+string(r)) == 1; invisible && got != (r != ' ') {
			t.Errorf("%U: %t", r, got)
		}
	}
	for _, r := range "aZ9-_.+éß日本€→👩 " {
		if Hidden(string(r)) >= 0 {
			t.Errorf("%c is refused", r)
		}
	}
}
