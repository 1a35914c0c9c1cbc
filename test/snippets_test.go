package test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/cli"
	"github.com/pakman/build/pkg/process"
)

// fence is a fenced block of a document, also one in a list: its language and its text.
var fence = regexp.MustCompile("(?ms)^( *)```([a-z]*)\n(.*?)^ *```$")

type snippet struct{ document, language, text string }

func snippets(t *testing.T) []snippet {
	t.Helper()
	var found []snippet
	for _, name := range append(documents(t), "../.github/CONTRIBUTING.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
			body := regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[3], "")
			found = append(found, snippet{filepath.Base(name), m[2], body})
		}
	}
	return found
}

// Every snippet is of a language that a test knows: shell and JSON here, YAML as a workflow or a pakman.yml by the tests
// of those. Blocks without a language, and differences of documents, are not for copying.
func TestSnippets(t *testing.T) {
	found := map[string]int{}
	for _, s := range snippets(t) {
		found[s.language]++
		switch s.language {
		case "", "diff", "text":
		case "sh":
			if _, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(s.text), s.document); err != nil {
				t.Errorf("%v\n%s", err, s.text)
			}
		case "json":
			if !json.Valid([]byte(s.text)) {
				t.Errorf("%s: this is no JSON:\n%s", s.document, s.text)
			}
		case "yaml":
			if !workflow.MatchString(s.text) && !configuration.MatchString(s.text) {
				t.Errorf("%s: is this a workflow or a pakman.yml?\n%s", s.document, s.text)
			}
		default:
			t.Errorf("%s: no test knows what to do with a snippet of %s", s.document, s.language)
		}
	}
	if found["sh"] < 10 || found["yaml"] < 10 {
		t.Errorf("only %v", found)
	}
}

// pakmanHelp returns what the command line says to these arguments and --help: flags that it does not have are an error.
func pakmanHelp(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Main(t.Context(), process.Env{
		Args: append(args, "--help"), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" },
	})
	return out.String() + errs.String(), code == cli.ExitOK
}

// checkCommand holds the words after "pakman" to the real commands and flags.
func checkCommand(t *testing.T, where string, words []string) {
	t.Helper()
	for i, word := range words {
		if word == "--" {
			words = words[:i]
			break
		}
	}
	said, ok := pakmanHelp(t, words...)
	if !ok {
		t.Errorf("%s: pakman %s\n%s", where, strings.Join(words, " "), said)
	}
	// A group of commands shows those when it does not know one.
	if len(words) > 1 && !strings.HasPrefix(words[1], "-") && strings.Contains(said, commandsHeading) {
		t.Errorf("%s: there is no command: pakman %s", where, strings.Join(words, " "))
	}
}

// The commands in shell snippets are ones that the program takes.
func TestCommandsInSnippets(t *testing.T) {
	found := 0
	for _, s := range snippets(t) {
		if s.language != "sh" {
			continue
		}
		file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(s.text), s.document)
		if err != nil {
			continue // which TestSnippets tells
		}
		syntax.Walk(file, func(node syntax.Node) bool {
			call, ok := node.(*syntax.CallExpr)
			if !ok || len(call.Args) == 0 || call.Args[0].Lit() != "pakman" {
				return true
			}
			found++
			var words []string
			for _, word := range call.Args[1:] {
				var text strings.Builder
				if err := syntax.NewPrinter().Print(&text, word); err != nil {
					t.Fatal(err)
				}
				words = append(words, strings.Trim(text.String(), `'"`))
			}
			checkCommand(t, s.document, words)
			return true
		})
	}
	if found < 5 {
		t.Errorf("only %d commands", found)
	}
}

var (
	inlineCommand = regexp.MustCompile("`pakman ([a-z][^`]*)`")
	inlineFlag    = regexp.MustCompile("`(--[a-z][a-z-]+)[^`]*`")
	optional      = regexp.MustCompile(`\[.*?\]…?`)
	number        = regexp.MustCompile(`\b[ND]\b`)
)

// Commands and flags within the documents' sentences are the program's, or those of the programs that are named.
func TestInlineCommands(t *testing.T) {
	flags := flagsOf(t)
	for _, other := range []string{"--available", "--virtual", "--no-network", "--filter"} { // apk's, and git's
		flags[other] = true
	}
	for _, name := range documents(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		prose := fence.ReplaceAllString(string(text), "")
		for _, m := range inlineCommand.FindAllStringSubmatch(prose, -1) {
			line := number.ReplaceAllString(optional.ReplaceAllString(m[1], ""), "1")
			checkCommand(t, name, strings.Fields(strings.ReplaceAll(line, "…", "x")))
		}
		for _, m := range inlineFlag.FindAllStringSubmatch(prose, -1) {
			if !flags[m[1]] {
				t.Errorf("%s: no command has the flag %s", name, m[1])
			}
		}
	}
}

// commandsHeading stands above the commands in the help of a group of commands.
const commandsHeading = "\nCommands:\n"

var (
	helpCommand = regexp.MustCompile(`(?m)^  ([a-z-]+) +\S`)
	helpFlag    = regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[a-z][a-z-]+)`)
)

// flagsOf returns the flags that the help of a command and of all commands below it lists.
func flagsOf(t *testing.T, path ...string) map[string]bool {
	t.Helper()
	flags := map[string]bool{}
	help, _ := pakmanHelp(t, path...)
	for _, m := range helpFlag.FindAllStringSubmatch(help, -1) {
		flags[m[1]] = true
	}
	_, commands, _ := strings.Cut(help, commandsHeading)
	commands, _, _ = strings.Cut(commands, "\n\n")
	for _, m := range helpCommand.FindAllStringSubmatch(commands, -1) {
		for flag := range flagsOf(t, append(slices.Clip(path), m[1])...) {
			flags[flag] = true
		}
	}
	return flags
}

// literals returns every text that stands in the program's code.
func literals(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("../pkg", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if lit, ok := node.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				found = append(found, text)
				return err == nil
			}
			return true
		})
		return nil
	})
	if err != nil || len(found) < 1000 {
		t.Fatalf("%d texts, %v", len(found), err)
	}
	return found
}

var quoted = regexp.MustCompile("(?m)^### `(.+)`$")

// Every message that docs/troubleshooting.md explains is one that the program has.
func TestTroubleshootingDocument(t *testing.T) {
	texts := strings.Join(literals(t), "\n")
	messages := quoted.FindAllStringSubmatch(read(t, "docs/troubleshooting.md"), -1)
	for _, m := range messages {
		if m[1] == "UNTRUSTED signature" { // apk's
			continue
		}
		var parts []string
		for part := range strings.SplitSeq(m[1], "…") {
			parts = append(parts, regexp.QuoteMeta(part))
		}
		if !regexp.MustCompile(strings.Join(parts, ".*")).MatchString(texts) {
			t.Errorf("no code says: %s", m[1])
		}
	}
	if len(messages) < 20 {
		t.Errorf("only %d messages", len(messages))
	}
}
