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
	Commands    []Command // all that the log holds
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

// readLog follows the workflow commands.
func (r *Result) readLog() {
	r.Commands = Commands(r.Log)
	for _, c := range r.Commands {
		switch c.Name {
		case "add-mask":
			r.Masks = append(r.Masks, c.Value)
		case "set-output":
			r.Outputs[c.Properties["name"]] = c.Value
		case "error", "warning", "notice":
			r.Annotations = append(r.Annotations, Annotation{Level: c.Name, Properties: c.Properties, Message: c.Value})
		}
	}
}
