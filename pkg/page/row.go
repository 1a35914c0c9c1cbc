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

// rows are those of the packages; above maxDetailed packages, only those that were built last have a history.
func rows(packages []*pack) []*row {
	detailed := map[*pack]bool{}
	for _, p := range newest(packages, maxDetailed) {
		detailed[p] = true
	}
	all := make([]*row, 0, len(packages))
	for _, p := range packages {
		all = append(all, newRow(p, detailed[p]))
	}
	return all
}

func newRow(p *pack, detailed bool) *row {
	e := p.versions[0].files[0]
	r := &row{
		shown: show(p.versions[0]), Name: p.name,
		Description: clean(e.Description, maxText), License: clean(e.License, maxText),
	}
	r.Homepage, r.Host = homepage(e.URL)
	if older := p.versions[1:]; detailed && len(older) > 0 {
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
	return u.String(), clean(u.Host, maxText)
}

// clean shortens a text that a package brings, and takes out what would not be shown, or would turn the direction of what
// stands around it.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
