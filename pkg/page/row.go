package page

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pakman/build/pkg/report"
)

// row is one package as the table shows it.
type row struct {
	shown
	Name, Description string
	Homepage, Host    string // only of http and https; empty: none
	License           string
	Plot              *plot   // nil: there is no history
	Older             []shown // versions
	More              int     // versions that are not shown
	Oldest            string  // the last of them
}

// Count is how many older versions there are.
func (r *row) Count() int { return len(r.Older) + r.More }

// shown is one version as the table shows it.
type shown struct {
	Version         string
	Size, Installed string
	Built           time.Time
	Files           []link
}

type link struct{ Arch, File string }

// maxText is how many characters of a text that a package brings are shown.
const maxText = 300

// line is one package of many.
type line struct{ Name, Facts string }

// rows are those of the packages that were built last; the others get a line.
func rows(packages []*pack) (table []*row, rest []line) {
	last := newest(packages, maxRows)
	for _, p := range packages {
		if len(table) < len(last) && p == last[len(table)] {
			table = append(table, newRow(p))
		} else {
			rest = append(rest, newLine(p))
		}
	}
	return table, rest
}

func newLine(p *pack) line {
	v := show(p.versions[0])
	facts := []string{v.Version, v.Size, day(v.Built)}
	if license := clean(p.versions[0].files[0].License); license != "" {
		facts = append(facts, license)
	}
	return line{Name: p.name, Facts: strings.Join(facts, " · ")}
}

func newRow(p *pack) *row {
	e := p.versions[0].files[0]
	r := &row{
		shown: show(p.versions[0]), Name: p.name,
		Description: clean(e.Description), License: clean(e.License),
	}
	r.Homepage, r.Host = homepage(e.URL)
	if older := p.versions[1:]; len(older) > 0 {
		r.Plot = newPlot(p)
		if len(older) > maxOlder {
			r.More, r.Oldest = len(older)-maxOlder, older[len(older)-1].text
			older = older[:maxOlder]
		}
		for _, v := range older {
			r.Older = append(r.Older, show(v))
		}
	}
	return r
}

func show(v *version) shown {
	s := shown{Version: v.text, Built: v.built()}
	var sizes, installed []int64
	for _, f := range v.files {
		sizes, installed = append(sizes, f.FileSize), append(installed, f.Size)
		s.Files = append(s.Files, link{Arch: f.arch, File: f.Filename()})
	}
	s.Size, s.Installed = span(sizes), span(installed)
	return s
}

// span is the size, or from which to which.
func span(sizes []int64) string {
	low, high := report.Bytes(slices.Min(sizes)), report.Bytes(slices.Max(sizes))
	if low == high {
		return low
	}
	if number, unit, _ := strings.Cut(low, " "); strings.HasSuffix(high, " "+unit) {
		low = number
	}
	return low + " – " + high
}

// homepage gives the URL where it is one that a browser only reads.
func homepage(text string) (address, host string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(text) > maxText {
		return "", ""
	}
	u.User = nil
	return u.String(), clean(u.Host)
}

// clean shortens a text that a package brings, and takes out what would not be shown, or would turn the direction of what
// stands around it.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return text
}
