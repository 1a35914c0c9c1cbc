package test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source/version"
)

var update = flag.Bool("update", false, "rewrite what documents take from the code")

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func documents(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../docs/*.md")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return append(names, "../README.md")
}

// hold compares a file with what the code says, or rewrites it.
func hold(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join("..", name), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, name), want); diff != "" {
		t.Errorf("%s is not what the code says (go test ./test -update):\n%s", name, diff)
	}
}

func TestSchemaFile(t *testing.T) {
	schema, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	hold(t, "docs/pakman.schema.json", string(schema))
}

func TestKeyTable(t *testing.T) {
	text := read(t, "docs/configuration.md")
	before, rest, ok := strings.Cut(text, "<!-- keys: begin")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	_, after, ok3 := strings.Cut(rest, "<!-- keys: end -->")
	if !ok || !ok2 || !ok3 {
		t.Fatal("docs/configuration.md has no place for the keys")
	}
	hold(t, "docs/configuration.md", before+"<!-- keys: begin"+comment+"-->\n"+config.KeyTable()+"<!-- keys: end -->"+after)
}

// workflow recognises a workflow, or steps of one.
var workflow = regexp.MustCompile(`(?m)^(jobs:|- uses:)`)

// configuration recognises a piece of pakman.yml.
var configuration = regexp.MustCompile(`(?m)^(name|build|run|dependencies):`)

// Every piece of pakman.yml in the documents is one that the program takes.
func TestYAMLInDocuments(t *testing.T) {
	found := 0
	for _, s := range snippets(t) {
		if s.language != "yaml" || workflow.MatchString(s.text) {
			continue
		}
		found++
		if _, warnings, err := config.Parse("pakman.yml", []byte(s.text)); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v %v\n%s", s.document, err, warnings, s.text)
		}
	}
	if found < 2 {
		t.Errorf("only %d pieces found", found)
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)

func TestLinksInDocuments(t *testing.T) {
	for _, name := range documents(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), match[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The rows of "written | package version".
func TestVersionTable(t *testing.T) {
	_, table, ok := strings.Cut(read(t, "docs/configuration.md"), "| written | package version |\n|---|---|\n")
	if !ok {
		t.Fatal("no table")
	}
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 {
			break
		}
		rows++
		written, want := strings.Trim(cells[1], " `"), strings.Trim(cells[2], " `")
		if got, err := version.Translate(written); err != nil || got != want {
			t.Errorf("%s: %q, %v; the document says %q", written, got, err, want)
		}
	}
	if rows < 5 {
		t.Errorf("%d rows", rows)
	}
}

// The variables that a build sees are the documented ones.
func TestEnvironmentTable(t *testing.T) {
	text := read(t, "docs/configuration.md")
	job := builder.Job{Run: builder.Run{Outer: func(string) string { return "x" }, CacheDir: "/c"}}
	for _, entry := range job.Environment("/home") {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.Contains(text, "`"+strings.ToLower(name)+"`") && !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s is not in docs/configuration.md", name)
		}
	}
}

// .ci/run runs the README's commands themselves.
func TestCommandsOfReadme(t *testing.T) {
	readme, ci := read(t, "README.md"), read(t, ".ci/run")
	for _, command := range []string{"go run . build examples/go-service", "go test -timeout 45m ./..."} {
		if !strings.Contains(readme, "\n"+command+"\n") {
			t.Errorf("the README has no line %q", command)
		}
	}
	for _, want := range []string{"readme_command 'go run . build '", "readme_command 'go test '"} {
		if !strings.Contains(ci, want) {
			t.Errorf(".ci/run does not take the command %q from the README", want)
		}
	}
}
