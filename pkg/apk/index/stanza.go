package index

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// A stanza is lines of "X:value" up to an empty line. The fields, in the order in which apk
// index writes them:
//
//	C checksum   P name      V version      A architecture  S size of the file  I installed size
//	T description  U url     L license      o origin        m maintainer        t build time
//	c commit     k provider priority        D dependencies  p provides          i install_if

// appendStanza adds the entry's stanza and the empty line after it.
func appendStanza(b []byte, e *Entry) ([]byte, error) {
	start := len(b)
	b = line(b, 'C', e.Checksum)
	b = line(b, 'P', e.Name)
	b = line(b, 'V', e.Version)
	b = line(b, 'A', e.Arch)
	b = number(b, 'S', e.FileSize)
	b = number(b, 'I', e.Size)
	b = line(b, 'T', e.Description)
	b = line(b, 'U', e.URL)
	b = line(b, 'L', e.License)
	b = optional(b, 'o', e.Origin)
	b = optional(b, 'm', e.Maintainer)
	if e.BuildDate != 0 {
		b = number(b, 't', e.BuildDate)
	}
	if !e.NoCommit {
		b = line(b, 'c', e.Commit)
	}
	if e.ProviderPriority != 0 {
		b = number(b, 'k', int64(e.ProviderPriority))
	}
	b = list(b, 'D', e.Depends)
	b = list(b, 'p', e.Provides)
	b = list(b, 'i', e.InstallIf)
	if err := checkLines(b[start:], e); err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

func line(b []byte, field byte, value string) []byte {
	b = append(b, field, ':')
	b = append(b, value...)
	return append(b, '\n')
}

func number(b []byte, field byte, n int64) []byte {
	b = append(b, field, ':')
	b = strconv.AppendInt(b, n, 10)
	return append(b, '\n')
}

func optional(b []byte, field byte, value string) []byte {
	if value == "" {
		return b
	}
	return line(b, field, value)
}

func list(b []byte, field byte, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(b, field)
	separator := byte(':')
	for _, v := range values {
		b = append(append(b, separator), v...)
		separator = ' '
	}
	return append(b, '\n')
}

// checkLines finds a value that would end its line early and so become fields of its own.
func checkLines(text []byte, e *Entry) error {
	const fields = "CPVASITULomtckDpi"
	at := 0
	for l := range bytes.Lines(text) {
		n := strings.IndexByte(fields[at:], l[0])
		if n < 0 || len(l) < 2 || l[1] != ':' || bytes.IndexByte(l, 0) >= 0 || bytes.IndexByte(l, '\r') >= 0 {
			return fmt.Errorf("package %q, version %q: a value in its index entry has a line break or NUL", e.Name, e.Version)
		}
		at += n + 1
	}
	return nil
}

// set reads one line of a stanza into e. Unknown fields are passed over, as apk does when it
// reads an index of a newer apk.
func (p *parser) set(e *Entry, field byte, value string) (err error) {
	switch field {
	case 'C':
		e.Checksum = value
	case 'P':
		e.Name = value
	case 'V':
		e.Version = value
	case 'A':
		e.Arch = value
	case 'S':
		e.FileSize, err = parse(value)
	case 'I':
		e.Size, err = parse(value)
	case 'T':
		e.Description = value
	case 'U':
		e.URL = value
	case 'L':
		e.License = value
	case 'o':
		e.Origin = value
	case 'm':
		e.Maintainer = value
	case 't':
		e.BuildDate, err = parse(value)
	case 'c':
		e.Commit, e.NoCommit = value, false
	case 'k':
		var n int64
		n, err = parse(value)
		e.ProviderPriority = int(n)
	case 'D':
		e.Depends = p.words(e.Depends, value)
	case 'p':
		e.Provides = p.words(e.Provides, value)
	case 'i':
		e.InstallIf = p.words(e.InstallIf, value)
	}
	return err
}

func parse(value string) (int64, error) {
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%.40q is not a number", value)
	}
	return int64(n), nil
}

// check refuses entries that would lead out of the repository when they become a path.
func (e *Entry) check() error {
	if err := apk.CheckName(e.Name); err != nil {
		return err
	}
	if e.Version == "" || strings.ContainsAny(e.Version, "/\\ \t\x00") {
		return fmt.Errorf("%s: version %.80q cannot be", e.Name, e.Version)
	}
	if strings.ContainsAny(e.Arch, "/\\. \t\x00") {
		return fmt.Errorf("%s: architecture %.80q cannot be", e.Name, e.Arch)
	}
	return nil
}
