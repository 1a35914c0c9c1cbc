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
	What  string // "an RSA private key"
	Block []byte // of a PEM key: the whole block, with real line ends; nil for other secrets
}

const (
	windowSize = 256 << 10
	maxKey     = 16 << 10 // what is looked at of a key
	maxFile    = 64 << 10 // and of a file of credentials
)

// dependencies are the directories into which tools put the packages that an application is made of. The keys in them, mostly of
// those packages' tests, are published already.
var dependencies = []string{
	"node_modules", "bower_components", "vendor", "site-packages", "dist-packages", "gems", "bundle", "deps", "pkg/mod", "jspm_packages", "registry/src",
}

// InDependency reports whether a file belongs to one of the packages that an application is made of.
func InDependency(name string) bool {
	dir := "/" + path.Dir(name) + "/"
	return slices.ContainsFunc(dependencies, func(d string) bool { return strings.Contains(dir, "/"+d+"/") })
}

// Scan reads a file to its end, or up to the first secret, and returns that; nil where there is none. The file is not held in
// memory.
func Scan(name string, r io.Reader) (*Finding, error) {
	check := credentials(name)
	window := make([]byte, 0, windowSize)
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
				return &Finding{What: what}, nil
			}
		}
		first = false
		if f := findKey(window); f != nil || last {
			return f, nil
		}
		window = append(window[:0], window[len(window)-maxKey:]...)
	}
}

// findKey finds a private key.
func findKey(text []byte) *Finding {
	for rest := text; ; {
		i := bytes.Index(rest, []byte("PRIVATE KEY"))
		if i < 0 {
			break
		}
		at := len(text) - len(rest) + i
		if f := pemKey(text, at); f != nil {
			return f
		}
		rest = rest[i+1:]
	}
	if begins(text, "AGE-SECRET-KEY-", ageKey) {
		return &Finding{What: "a private key of age"}
	}
	if begins(text, "PuTTY-User-Key-File-", puttyKey) {
		return &Finding{What: "a private key of PuTTY"}
	}
	return nil
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
