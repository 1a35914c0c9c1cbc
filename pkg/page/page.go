// Package page makes the page on which people see what a repository holds: contents in, HTML out. The page is one file
// that needs nothing else, says all of it without scripts, and holds relative links only. The same contents give the
// same bytes.
package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"strings"
	"sync"

	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/templates"
)

// What is shown at most, so that a page of any repository stays usable.
const (
	maxPackages = 20000 // those that were built last
	maxRows     = 1000  // of these in the table; the others have a line each
	maxOlder    = 20    // older versions of each
	maxBars     = 24    // of a plot
)

var (
	parsed = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("index.html.tmpl").Funcs(template.FuncMap{"bytes": report.Bytes}).ParseFS(templates.FS,
			"page/index.html.tmpl"))
	})
	style  = static("page/style.css")
	script = static("page/search.js")
	// policy lets the browser load nothing but the page's own style and script, whatever a package says.
	policy = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; " +
		"style-src " + digest(style) + "; script-src " + digest(script)
)

func static(name string) string {
	text, err := templates.FS.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// digest names a text in a Content-Security-Policy.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// view is what the template shows.
type view struct {
	*repository.Contents
	summary
	Title    string
	Policy   string
	Style    template.HTML
	Script   template.HTML
	Base     string   // URL or path of what the repository lies in, as it stands in Commands
	Commands []string // that add it to a machine; none where there is no package
	Rows     []*row
	Others   int                  // packages that are not in the table
	Lines    func() template.HTML // of these
	Omitted  int                  // packages that are not shown
}

// Render returns the page. Its links lead from <branch>/<repository>/index.html.
func Render(c *repository.Contents) ([]byte, error) {
	packages := merge(c.Indexes)
	v := view{
		Contents: c, summary: summarize(c.Indexes, packages), Title: title(c), Policy: policy,
		Style:  template.HTML("<style>" + style + "</style>"),
		Script: template.HTML("<script>" + script + "</script>"),
	}
	repositoryURL := report.PlainURL(c.URL)
	v.Base = strings.TrimSuffix(repositoryURL, "/"+c.Branch+"/"+c.Repository)
	if len(packages) > 0 && len(c.Keys) > 0 {
		var err error
		if v.Commands, err = report.InstallCommands(repositoryURL, report.PlainURL(c.Keys[0].URL), example(packages)); err != nil {
			return nil, err
		}
		v.Commands[0] = broken(v.Commands[0])
	}
	shown, omitted := newest(packages, maxPackages)
	table, rest := newest(shown, maxRows)
	v.Omitted = len(omitted)
	v.Others, v.Lines = len(rest), sync.OnceValue(func() template.HTML { return lines(rest) })
	go v.Lines() // while the template makes the table
	for _, p := range table {
		v.Rows = append(v.Rows, newRow(p))
	}
	var b bytes.Buffer
	b.Grow(lineSize*len(rest) + rowSize*len(table))
	if err := parsed().Execute(&b, v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// title returns the name that apk shows for the repository.
func title(c *repository.Contents) string {
	for _, x := range c.Indexes {
		if text := clean(x.Description); text != "" {
			return text
		}
	}
	return c.Repository + " " + c.Branch
}

// broken puts the second half of a command on a line of its own.
func broken(command string) string {
	const and = " && "
	if strings.Count(command, and) != 1 { // one may stand inside quotes
		return command
	}
	return strings.Replace(command, and, " &&\n", 1)
}
