package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the job summary: the table, the times, the install commands.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("### Packages\n\n| package | version | arch | size | installed | where |\n|---|---|---|--:|--:|---|\n")
	for _, p := range r.Packages {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", cell(p.Name), cell(p.Version), cell(p.Arch),
			Bytes(p.Size), Bytes(p.InstalledSize), code(p.where()))
	}
	if text := r.notBuilt(); text != "" {
		b.WriteString("\n" + cell(text) + "\n")
	}
	if !r.Changed {
		b.WriteString("\nNothing changed: the repository held these packages already.\n")
	}
	if r.Deployment != nil {
		b.WriteString("\n" + cell(r.Deployment.sentence()) + "\n")
	}
	if len(r.Install) > 0 {
		b.WriteString("\nInstall it on Alpine:\n\n" + fence(strings.Join(r.Install, "\n")) + "\n")
		b.WriteString("\n" + r.Traffic.line() + "\n")
	}
	if len(r.Stages) > 0 {
		b.WriteString("\n| stage | seconds |\n|---|--:|\n")
		for _, s := range r.Stages {
			fmt.Fprintf(&b, "| %s | %.1f |\n", cell(s.Name), s.Seconds)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell escapes text for a cell of a GitHub table: nothing in it is markup, an HTML tag, a new row
// or a new column.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case strings.ContainsRune("\\`*_{}[]()#!|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// code writes text as a code span in a cell of a table, where GitHub would otherwise read the
// underscores of a URL as markup. A pipe ends the cell even inside a span.
func code(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" {
		return ""
	}
	ticks := "`"
	for strings.Contains(s, ticks) {
		ticks += "`"
	}
	return ticks + " " + strings.ReplaceAll(s, "|", `\|`) + " " + ticks
}

// fence puts text in a code block whose fence is longer than any run of backquotes in it.
func fence(text string) string {
	ticks := "```"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	return ticks + "sh\n" + text + "\n" + ticks
}
