package page

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/report"
)

// row is one package as the table shows it.
type row struct {
	Name, Description string
	Newest            shown
	Homepage, Host    string // only of http and https; empty: none
	License           string
	Plot              *plot   // nil: there is no history
	Older             []shown // versions
	More              int     // versions that are not shown
	Oldest            string  // the last of them
}

// Count returns how many older versions there are.
func (r *row) Count() int { return len(r.Older) + r.More }

// shown is one version as the table shows it.
type shown struct {
	Version         string
	Size, Installed string
	Built, Files    template.HTML
}

// maxText is how many characters of a text that a package brings are shown.
const maxText = 300

func newRow(p *pack) *row {
	e := p.versions[0].files[0]
	r := &row{
		Name: p.name, Newest: show(&p.versions[0]),
		Description: clean(e.Description), License: clean(e.License),
	}
	r.Homepage, r.Host = homepage(e.URL)
	if older := p.versions[1:]; len(older) > 0 {
		r.Plot = newPlot(p)
		if len(older) > maxOlder {
			r.More, r.Oldest = len(older)-maxOlder, older[len(older)-1].text
			older = older[:maxOlder]
		}
		for i := range older {
			r.Older = append(r.Older, show(&older[i]))
		}
	}
	return r
}

func show(v *version) shown {
	return shown{
		Version: v.text, Size: v.size(), Installed: v.span(func(f file) int64 {
			return f.Size
		}), Built: moment(v.built), Files: links(v.files),
	}
}

// size returns the size of the version's files.
func (v *version) size() string { return v.span(func(f file) int64 { return f.FileSize }) }

// span returns the size of all files, or the smallest and the largest.
func (v *version) span(size func(file) int64) string {
	least, most := size(v.files[0]), size(v.files[0])
	for _, f := range v.files[1:] {
		least, most = min(least, size(f)), max(most, size(f))
	}
	low := report.Bytes(least)
	if least == most {
		return low
	}
	high := report.Bytes(most)
	if low == high {
		return low
	}
	if number, unit, _ := strings.Cut(low, " "); strings.HasSuffix(high, " "+unit) {
		low = number
	}
	return low + " – " + high
}

// homepage returns the URL where it is one that a browser only reads. A host below .invalid stands for an application without
// a home page, see package recipe, and is no link.
func homepage(text string) (address, host string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(text) > maxText ||
		strings.HasSuffix(strings.ToLower(u.Hostname()), ".invalid") {
		return "", ""
	}
	u.User = nil
	address = u.String()
	if strings.ContainsAny(address, `"<> `) { // url.Parse takes them in a host, where no address has them
		return "", ""
	}
	return address, clean(u.Host)
}

// clean shortens a text that a package brings, and writes what would not be shown, or would change the direction of the
// text around it, as an escape.
func clean(text string) string {
	text = visible.Line(strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) <= maxText {
		return text
	}
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return text
}
