// Package repository keeps an apk repository in a store: packages below
// <branch>/<repository>/<arch>/ beside the signed APKINDEX.tar.gz that lists them, and the public keys in
// keys/. Packages never change and stand there before an index names them, so that a client can
// fetch what it reads about at any moment; any number of publishers may work at once.
package repository

import (
	"context"
	"path"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// indexName is what apk fetches below each architecture.
const indexName = apk.IndexName

// uploads is how many objects are sent or asked for at once.
const uploads = 4

// Location is where in the store: <Branch>/<Repository>/<arch>/.
type Location struct {
	Branch     string `json:"branch"`     // v3.24, edge
	Repository string `json:"repository"` // main
}

func (l Location) path() string { return path.Join(l.Branch, l.Repository) }

func (l Location) key(arch, file string) string { return path.Join(l.path(), arch, file) }

// IndexOptions say how a repository is listed.
type IndexOptions struct {
	Description string // what apk calls the repository; empty: what it is called, at first "main v3.24"
	WithoutADB  bool   // leave out Packages.adb, the index for apk 3
}

// Request is one publish.
type Request struct {
	Location
	IndexOptions
	Packages  []string         // paths of signed .apk files
	Known     map[string]Known // those that the caller has read already, by path
	NoarchFor []string         // architectures whose index lists noarch packages
	// NoarchForFile takes the place of NoarchFor for the package at a path, where several recipes are published at once.
	NoarchForFile map[string][]string
	Keys          []*apk.PrivateKey // sign the index; their public halves are published
	// Overwrite replaces a published package of the same version that has different content. The package is not in the
	// index meanwhile. Clients that hold the old index cannot fetch it until they update. No other publisher of that version
	// may be at work; where the store ignores conditions, no other publisher at all.
	Overwrite bool
	// Adopt re-signs an index that none of Keys has signed. What it lists is trusted as it stands.
	Adopt bool
	// Progress, if any, is called with the number of bytes that are sent or already there, and of all; one call at a time.
	Progress func(done, total int64)
	// Deadline is how long to go on when others change the same index again and again. 0: two minutes.
	Deadline time.Duration
	// Page makes the page of the repository as for WritePage; nil: none is written. That it cannot be written is no failure.
	Page func(*Contents) ([]byte, error)
}

// Known is a package file that has been read.
type Known struct {
	*apk.Package
	// Digests are those of the file. Where MD5 is empty, the ETags of the store must not be MD5 digests.
	Digests store.Digests
}

// Published is one package in one architecture's index.
type Published struct {
	Key           string `json:"-"` // in the store
	Name          string `json:"name"`
	Version       string `json:"version"` // pkgver-rpkgrel
	Arch          string `json:"arch"`    // of the index that lists it
	File          string `json:"file"`    // local path; empty: there is none
	Size          int64  `json:"size"`    // of the .apk, in bytes
	InstalledSize int64  `json:"installed-size"`
	SHA256        string `json:"sha256"`    // hex, of the .apk
	URL           string `json:"url"`       // where it was published last
	Unchanged     bool   `json:"unchanged"` // was published before, with the same content unless it is Taken
	// Taken is of a package that was published before from the same commit by the same recipe, with different content. It
	// stays, in place of the one in File.
	Taken bool `json:"taken,omitempty"`
	// Previous is the newest other version that the index listed before; nil: there was none.
	Previous *Previous `json:"previous,omitempty"`
}

// Previous is a version that was published before.
type Previous struct {
	Version       string `json:"version"`
	Size          int64  `json:"size"` // of the .apk, in bytes
	InstalledSize int64  `json:"installed-size"`
}

// Report is what a publish did.
type Report struct {
	Packages []Published // by architecture, name and version
	Indexes  []string    // URLs
	Keys     []string    // URLs of the public keys
	URL      string      // the line for /etc/apk/repositories
	Changed  bool        // false: all of it was there, and nothing was written
	Notes    []string
	Traffic  store.Traffic
	Written  []Written // the indexes that were written, for WritePage
	Page     error     // why the page could not be written
}

// Publish puts the packages, then each architecture's index by compare-and-swap, and the public keys.
// Before anything is written, all packages, keys and present indexes must be valid, else there is an
// *InvalidError, and no version listed there may have different content, unless it is of the same commit and recipe, else
// there is a *DifferentError. When Publish fails later, the repository is valid, and the same Publish completes it.
//
// What does not depend on each other is asked for at the same time, so that a distant store is waited for four times: for what
// is there, for the packages, for the indexes, and for what follows them. The first publish to a store that does not show at once
// whether it honours conditions waits once more, for that.
func Publish(ctx context.Context, st store.Store, r Request) (*Report, error) {
	items, err := r.plan(ctx)
	if err != nil {
		return nil, err
	}
	p := newPublisher(st, r, items)
	for _, step := range []func(context.Context) error{p.look, p.examine} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	rest := []func(context.Context) error{p.put, p.writeIndexes}
	if p.settled() {
		rest = nil
		for _, it := range items {
			p.progress(it.Size)
		}
	}
	for _, step := range rest {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	p.finish(ctx, p.atHand())
	return p.report(items), nil
}

func (p *publisher) report(items []*item) *Report {
	rep := &Report{URL: p.editor.store.URL(p.editor.location.path()), Changed: p.editor.changed.Load(), Traffic: p.editor.store.Traffic(),
		Page: p.pageErr}
	for _, it := range items {
		it.URL = p.editor.store.URL(it.Key)
		rep.Packages = append(rep.Packages, it.Published)
	}
	if note := takenNote(items); note != "" {
		rep.Notes = append(rep.Notes, note)
	}
	for _, l := range p.lists {
		rep.Indexes = append(rep.Indexes, p.editor.store.URL(l.key))
		rep.Notes = append(rep.Notes, l.notes...)
		if l.now.written {
			rep.Written = append(rep.Written, Written{ArchIndex: ArchIndex{Arch: l.arch, Index: l.now.index}, etag: l.now.etag,
				keys: p.editor.public, names: names(p.editor.public)})
		}
	}
	for _, k := range p.editor.public {
		rep.Keys = append(rep.Keys, p.editor.store.URL(keyPath(k)))
	}
	return rep
}
