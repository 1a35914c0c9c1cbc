package runnertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Result is what a step told the runner.
type Result struct {
	ExitCode    int
	Log         string
	Outputs     map[string]string
	Summary     string
	Annotations []Annotation
	Masks       []string
}

// Annotation is shown on a line of a file.
type Annotation struct {
	Level      string            // error, warning, notice
	Properties map[string]string // file, line, col
	Message    string
}

func (r *Runner) read(t testing.TB, code int, log, output, summary string) *Result {
	t.Helper()
	texts := map[string]string{}
	for _, name := range []string{output, summary} {
		text, err := os.ReadFile(filepath.Join(r.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	result := &Result{ExitCode: code, Log: log, Outputs: Outputs(t, texts[output]), Summary: texts[summary]}
	result.readLog()
	return result
}

// Outputs reads a file of outputs as the runner does.
func Outputs(t testing.TB, content string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for content != "" {
		head, rest, _ := strings.Cut(content, "\n")
		name, delimiter, ok := strings.Cut(head, "<<")
		if !ok {
			t.Fatalf("not name<<delimiter: %q", head)
		}
		value, after, ok := strings.Cut(rest, "\n"+delimiter+"\n")
		if !ok {
			t.Fatalf("%s does not end", name)
		}
		values[name], content = value, after
	}
	return values
}

// readLog follows the workflow commands, but for those between ::stop-commands::TOKEN and ::TOKEN::.
func (r *Result) readLog() {
	token := ""
	for line := range strings.Lines(r.Log) {
		line = strings.TrimRight(line, "\r\n")
		if token != "" {
			if line == "::"+token+"::" {
				token = ""
			}
			continue
		}
		rest, ok := strings.CutPrefix(line, "::")
		head, message, found := strings.Cut(rest, "::")
		if !ok || !found {
			continue
		}
		command, properties, _ := strings.Cut(head, " ")
		switch command {
		case "stop-commands":
			token = message
		case "add-mask":
			r.Masks = append(r.Masks, unescape(message))
		case "error", "warning", "notice":
			a := Annotation{Level: command, Properties: map[string]string{}, Message: unescape(message)}
			for pair := range strings.SplitSeq(properties, ",") {
				if name, value, ok := strings.Cut(pair, "="); ok {
					a.Properties[name] = unescape(value)
				}
			}
			r.Annotations = append(r.Annotations, a)
		}
	}
}

func unescape(s string) string {
	return strings.NewReplacer("%0A", "\n", "%0D", "\r", "%3A", ":", "%2C", ",", "%25", "%").Replace(s)
}
