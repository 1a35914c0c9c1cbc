// Package secretscan finds secrets in files that are about to be published: private keys by their content, and files of
// credentials by their name and content. It looks for what must not be there rather than for what looks random, so that what
// it finds can be an error.
package secretscan

import (
	"bytes"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Finding is a secret in a file.
type Finding struct {
	What    string // "a private key (RSA)"
	Signing bool   // it is one of the keys that sign
}

const (
	windowSize = 256 << 10
	maxKey     = 16 << 10 // what is looked at of a key
	maxFile    = 64 << 10 // and of a file of credentials
)

// dependencies are the directories into which tools put the packages that an application is made of. The keys in them, mostly of
// those packages' tests, are published already.
var dependencies = []string{
	"node_modules", "bower_components", "vendor", "site-packages", "dist-packages", "gems",
	"bundle", "deps", "pkg/mod", "jspm_packages", "registry/src",
}

// pythonLibrary is where an interpreter that an application brings along has its modules, with the keys of their tests.
var pythonLibrary = regexp.MustCompile(`/lib(?:64)?/python[0-9]+\.[0-9]+t?/`)

// InDependency reports whether a file belongs to one of the packages that an application is made of.
func InDependency(name string) bool {
	dir := "/" + path.Dir(name) + "/"
	return pythonLibrary.MatchString(dir) || slices.ContainsFunc(dependencies, func(d string) bool {
		return strings.Contains(dir, "/"+d+"/")
	})
}

// Scan reads a file to its end and returns each kind of secret that it holds, and whether one of the keys is among them. The file
// is not held in memory.
func Scan(name string, r io.Reader, keys *Keys) ([]Finding, error) {
	check := credentials(name)
	window := make([]byte, 0, windowSize)
	var found findings
	first := true
	for {
		n, err := io.ReadFull(r, window[len(window):windowSize])
		window = window[:len(window)+n]
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return nil, err
		}
		if first && check != nil {
			if what := check(window[:min(len(window), maxFile)]); what != "" {
				found.add(Finding{What: what})
			}
		}
		first = false
		found.addKeys(window, keys)
		if last {
			return found, nil
		}
		window = append(window[:0], window[len(window)-maxKey:]...)
	}
}

// findings are of different kinds each: a file with a million keys has few.
type findings []Finding

func (f *findings) add(found Finding) {
	if !slices.Contains(*f, found) {
		*f = append(*f, found)
	}
}

// addKeys adds the private keys of a text.
func (f *findings) addKeys(text []byte, keys *Keys) {
	for rest := text; ; {
		i := bytes.Index(rest, []byte("PRIVATE KEY"))
		if i < 0 {
			break
		}
		at := len(text) - len(rest) + i
		if what, der := pemKey(text, at); what != "" {
			f.add(Finding{What: what, Signing: keys.In(der)})
		}
		rest = rest[i+1:]
	}
	if begins(text, "AGE-SECRET-KEY-", ageKey) {
		f.add(Finding{What: "a private key of age"})
	}
	if begins(text, "PuTTY-User-Key-File-", puttyKey) {
		f.add(Finding{What: "a private key of PuTTY"})
	}
	if keys.In(text) {
		f.add(Finding{What: "a private key", Signing: true})
	}
}

// begins reports whether what the expression describes begins anywhere with those words.
func begins(text []byte, words string, key *regexp.Regexp) bool {
	for {
		i := bytes.Index(text, []byte(words))
		if i < 0 {
			return false
		}
		if text = text[i:]; key.Match(text[:min(len(text), maxKey)]) {
			return true
		}
		text = text[1:]
	}
}
