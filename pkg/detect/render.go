package detect

import (
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/pakman/build/templates"
)

// Files are what `pakman init` writes, by path relative to the application's directory and, for
// the workflow, to the repository's.
type Files struct {
	Config   string // pakman.yml
	Workflow string // .github/workflows/package.yml
}

// Render writes the files for the application.
func (a *Application) Render() (Files, error) {
	var f Files
	head, err := execute("head", struct {
		values
		Kind     string
		Evidence []string
	}{a.values, a.Kind, oneLine(append(a.Evidence, a.Hints...))})
	if err != nil {
		return f, err
	}
	body, err := execute(a.template, a.values)
	if err != nil {
		return f, err
	}
	f.Config = head + "\n" + body
	f.Workflow, err = execute("workflow", a.values)
	return f, err
}

// oneLine keeps text within a comment.
func oneLine(lines []string) []string {
	var safe []string
	for _, line := range lines {
		safe = append(safe, strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
				return ' '
			}
			return r
		}, line))
	}
	return safe
}

func execute(name string, data any) (string, error) {
	t, err := template.New(name+".tmpl").
		Delims("[[", "]]"). // GitHub's own are {{ }}
		Funcs(template.FuncMap{"yaml": scalar}).
		ParseFS(templates.FS, "init/"+name+".tmpl")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, data)
	return b.String(), err
}

var plainScalar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// scalar writes s as a YAML string: bare where no reader could take it for something else.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plainScalar.MatchString(s) {
			return s
		}
	}
	return strconv.Quote(s)
}
