package detect

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/pakman/build/templates"
)

// Config returns the application's pakman.yml.
func (a *Application) Config() (string, error) {
	head, err := execute("head", struct {
		values
		Kind     string
		Evidence []string
	}{a.values, a.Kind, oneLine(append(a.Evidence, a.Hints...))})
	if err != nil {
		return "", err
	}
	body, err := execute(a.template, a.values)
	return head + "\n" + body, err
}

// Form returns a pakman.yml to fill in, for an application of which why says what is not known and hints what is.
func Form(name, why string, hints ...string) (string, error) {
	return execute("form", struct {
		Name     string
		Evidence []string
	}{name, oneLine(append([]string{why}, hints...))})
}

// Workflow returns .github/workflows/package.yml of a repository: for the application at its root or, in a monorepo, for those
// in the directories. output is where builds write to, empty for the default; branch is the one that is built.
func Workflow(output, branch string, directories ...string) (string, error) {
	return execute("workflow", struct {
		Output, Branch string
		Directories    []string
	}{output, branch, directories})
}

// oneLine removes line breaks, so that text stays within a comment.
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
		Funcs(template.FuncMap{"yaml": scalar, "base": path.Base}).
		ParseFS(templates.FS, "init/"+name+".tmpl", "init/run.tmpl")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, data)
	return b.String(), err
}

var plainScalar = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./-]*$`)

// scalar returns s as a YAML string, without quotes if no YAML reader could take it for another type.
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
