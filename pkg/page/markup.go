package page

import (
	"html/template"
	"net/url"
	"strings"
	"time"
)

// What there is thousands of is written here: the template would take most of the time of a publish for it. Whatever may
// come from a package passes escape.

// escape returns a text as it stands in an element, or in an attribute in quotes.
func escape(text string) string { return template.HTMLEscapeString(text) }

// About how many bytes a line takes, and a row of the table.
const lineSize, rowSize = 96, 1024

// lines returns the items of the list of packages that are not in the table.
func lines(packages []*pack) template.HTML {
	var b strings.Builder
	b.Grow(lineSize * len(packages))
	for _, p := range packages {
		v := &p.versions[0]
		b.WriteString("\n<li><b>")
		b.WriteString(escape(p.name))
		b.WriteString("</b> ")
		b.WriteString(escape(v.text))
		b.WriteString(" · ")
		b.WriteString(v.size())
		b.WriteString(" · ")
		b.WriteString(day(v.built))
		if license := clean(v.files[0].License); license != "" {
			b.WriteString(" · ")
			b.WriteString(escape(license))
		}
	}
	return template.HTML(b.String())
}

// links lead to the files of a version, named by their architectures.
func links(files []file) template.HTML {
	var b strings.Builder
	for i, f := range files {
		if i > 0 {
			b.WriteByte(' ')
		}
		name, arch := f.Filename(), escape(f.arch)
		b.WriteString(`<a href="` + escape(relative(f.arch, name)) + `" download aria-label="` + escape(name) + " for " + arch + `">` +
			arch + "</a>")
	}
	return template.HTML(b.String())
}

// relative returns the relative link to a package's file.
func relative(arch, file string) string {
	return "./" + url.PathEscape(arch) + "/" + url.PathEscape(file)
}

// moment shows the day of a Unix time.
func moment(seconds int64) template.HTML {
	t := time.Unix(seconds, 0).UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + day(seconds) + "</time>")
}

func day(seconds int64) string { return time.Unix(seconds, 0).UTC().Format("2 Jan 2006") }
