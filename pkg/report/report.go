// Package report describes the outcome of a build or a publish: which packages there are now,
// how large they are, where they went, and how an Alpine machine installs them. It says so as a
// table, as JSON, and as Markdown for a job summary.
package report

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

// Package is one package in one architecture's index. Its JSON is the element of the action's
// `packages` output and of `pakman build --json`.
type Package struct {
	repository.Published
	// Largest are the directories that hold most of it, the largest first; what lies in none of them is in its last
	// element, with an empty path.
	Largest []Directory `json:"largest,omitempty"`
}

// Directory is how much a directory of a package holds.
type Directory struct {
	Path string `json:"path"` // absolute, as installed
	Size int64  `json:"size"` // of the files in it and below, in bytes
}

// Stage is how long one stage of the work took.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// Report is the outcome of one run.
type Report struct {
	Packages []Package `json:"packages"`
	// RepositoryURL is the line for /etc/apk/repositories.
	RepositoryURL string `json:"repository-url"`
	// IndexURLs are those of each architecture's APKINDEX.tar.gz.
	IndexURLs    []string `json:"index-urls"`
	PublicKeyURL string   `json:"public-key-url"`
	KeyName      string   `json:"key-name"` // file name in /etc/apk/keys: NAME.rsa.pub
	Arch         string   `json:"arch"`     // the architecture built for
	Builder      string   `json:"builder,omitempty"`
	Changed      bool     `json:"changed"` // false: the repository held all of it already
	// Traffic is what publishing asked of the store that the packages' URLs name.
	Traffic store.Traffic `json:"traffic"`
	Install []string      `json:"install"` // the commands for an Alpine machine
	// Skipped names the applications that were not built, as the packages of a build of the same were kept.
	Skipped []string `json:"skipped,omitempty"`
	// CacheKey is a key for a copy of the cache, CacheRestoreKey what keys of similar copies begin with.
	CacheKey        string  `json:"cache-key,omitempty"`
	CacheRestoreKey string  `json:"cache-restore-key,omitempty"`
	Stages          []Stage `json:"stages,omitempty"`
	// ReleaseURL is the page of the GitHub release whose assets the packages became; empty: of none.
	ReleaseURL string `json:"release-url,omitempty"`
	// PublicKey is the first key's, in PEM form.
	PublicKey []byte `json:"-"`
	// Deployment is nil where nothing was deployed.
	Deployment *Deployment `json:"deployment,omitempty"`
}

// Add takes in the report of another part of the run, which stands after what is there. Where the packages went is
// what the first part says; the install commands are those of all.
func (r *Report) Add(part *Report) {
	if r.RepositoryURL == "" {
		r.RepositoryURL, r.PublicKeyURL, r.KeyName, r.PublicKey = part.RepositoryURL, part.PublicKeyURL, part.KeyName, part.PublicKey
	}
	r.Packages = append(r.Packages, part.Packages...)
	r.IndexURLs = append(r.IndexURLs, part.IndexURLs...)
	r.Changed = r.Changed || part.Changed
	r.Traffic = r.Traffic.Plus(part.Traffic)
	for _, command := range part.Install {
		if !slices.Contains(r.Install, command) {
			r.Install = append(r.Install, command)
		}
	}
}

// Names returns the packages' names in order, each once.
func (r *Report) Names() []string {
	return r.distinct(func(p Package) string { return p.Name })
}

// Arches returns the architectures whose index lists a package, each once.
func (r *Report) Arches() []string {
	return r.distinct(func(p Package) string { return p.Arch })
}

func (r *Report) distinct(of func(Package) string) []string {
	var values []string
	seen := map[string]bool{}
	for _, p := range r.Packages {
		if v := of(p); !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

// Sizes returns the size of each package file in bytes by package name. A noarch package that
// several indexes list counts once.
func (r *Report) Sizes() map[string]int64 {
	sizes := make(map[string]int64, len(r.Packages))
	for _, p := range r.Packages {
		sizes[p.Name] = p.Size
	}
	return sizes
}

// TotalSize returns the sum of Sizes.
func (r *Report) TotalSize() int64 {
	var total int64
	for _, size := range r.Sizes() {
		total += size
	}
	return total
}

// JSON writes the report as indented JSON.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}
