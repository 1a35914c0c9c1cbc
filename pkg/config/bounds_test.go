package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// enough is a size at which what is quadratic, or deep, shows.
const enough = maxSize / 4

// fill repeats text to a size that shows.
func fill(text string) string { return strings.Repeat(text, enough/len(text)) }

// count calls line with rising numbers until the size is reached.
func count(line func(i int) string) string {
	var out strings.Builder
	for i := 0; out.Len() < enough; i++ {
		out.WriteString(line(i))
	}
	return out.String()
}

// TestBounds returns files that are made to take time, memory or stack. Each must be refused for its reason.
func TestBounds(t *testing.T) {
	laughs := "a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n"
	for c := 'b'; c < 'k'; c++ {
		laughs += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	text := "x: &x |\n" + strings.Repeat("  true;\n", 5000)
	for name, test := range map[string]struct{ yaml, want string }{
		"too large":      {strings.Repeat("a: b\n", maxSize), "larger than 256 KB"},
		"billion laughs": {laughs, "too large with its aliases"},
		"endless":        {"kits: &a\n- *a\n", "inside the value that it refers to"},
		"deep":           {"kits: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested more than 64 levels deep"},
		"very deep":      {"kits: " + fill("["), "nested too deep"},
		"deep aliases": {"a0: &a0 x\n" + count(func(i int) string {
			return fmt.Sprintf("a%d: &a%d [*a%d]\n", i+1, i+1, i)
		}), "nested more than 64 levels deep"},
		"many values":     {"kits: [" + strings.Repeat("a,", maxValues) + "a]", "too large"},
		"text many times": {text + "run:\n  services:\n" + strings.Repeat("  - stop: *x\n", 4000), "too large with its aliases"},
		"many faults":     {"run:\n  services:\n" + fill("  - a: b\n"), "too many mistakes"},
		"many unknown":    {count(func(i int) string { return fmt.Sprintf("descripti%d: x\n", i) }), "too many mistakes"},
		"many parts":      {"run:\n  services:\n" + count(func(i int) string { return fmt.Sprintf("  - k%d: b\n", i) }), "unknown key"},
		"many services": {"run:\n  services:\n" + count(func(i int) string {
			return fmt.Sprintf("  - {name: s%d, binary: b}\n", i)
		}), "build.destinations"},
		"deep shell":          {"package: '" + fill("$((") + "'", "script is too complex"},
		"deep shell keywords": {"package: '" + fill("if ") + "'", "script is too complex"},
		"as deep as may be":   {"package: '" + strings.Repeat("(", maxSpecial) + "'", "the shell cannot parse it"},
		"open quote":          {strings.Repeat("a: b\n", 12000) + "b: \"x", "the quote that opens here is never closed"},
		"long broken file":    {strings.Repeat("a: b\n", 40000) + "b: \"x", "the quote that opens here is never closed"},
		"great number":        {"build: {destinations: [a]}\nfoo: [" + fill("9") + "]", "unknown key"},
		"long key":            {strings.Repeat("a", 1000) + ": b", "unknown key"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range []string{"pakman.yml", "instellar.yml"} {
				_, warnings, err := Parse(file, []byte(test.yaml))
				said := warnings.Error()
				if err != nil {
					said += err.Error()
				}
				if !strings.Contains(said, test.want) {
					t.Errorf("%s: want %q, got %.400s", file, test.want, said)
				}
				if slices.ContainsFunc(strings.Split(said, "\n"), func(s string) bool { return len(s) > 1000 }) {
					t.Errorf("%s: a message is %d bytes long", file, len(said))
				}
			}
		})
	}
}

// FuzzParse looks for text at which Parse fails other than by faults that stand in the file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a", "- a", "[1]", "build: {destinations: ['*']}", "build: make", "\xff", "\x00", "\ufeffa: b",
		"build:\n  command: |\n    if\n  destination: dist\nhook: {post-install: [a, b]}\n",
		"run:\n  services:\n  - name: a\n  - binary: b\n  - start: c\n  - stop: {call: d}\n",
		"a: &a [*a]\nb: *a\n? [x]\n: y\n<<: *a\n", "kits: [0777, 0o17, .inf, 1e999, !!int x, ~]\n", "%YAML 1.2\n---\na: b\n---\nc: d\n",
		"a:\n\tb: c\n-\td\n", "files: {source: a, destination: /b}\nsubpackages: [{}, ~, 1]\n", "build: |", "package: >-\n\n\n  x: (",
	} {
		f.Add(true, []byte(seed))
		f.Add(false, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, lenient bool, data []byte) {
		name := "pakman.yml"
		if lenient {
			name = "instellar.yml"
		}
		file, warnings, err := Parse(name, data)
		var faults Faults
		if err != nil && !errors.As(err, &faults) {
			t.Fatalf("not a fault: %v", err)
		}
		lines := len(splitLines(data))
		for _, fault := range append(slices.Clone(faults), warnings...) {
			if fault.Pos.File != name || fault.Pos.Line > lines || fault.Pos.Line > 0 && fault.Pos.Column < 1 || fault.Message == "" {
				t.Errorf("%d lines, fault %+v", lines, fault)
			}
		}
		if file == nil {
			return
		}
		if _, err := file.Payload(); err != nil {
			t.Errorf("payload of a checked file: %v", err)
		}
	})
}
