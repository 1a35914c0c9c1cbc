package index

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/internal/member"
	"github.com/pakman/build/pkg/internal/visible"
)

// A stanza is lines of "X:value" up to an empty line. The fields, in the order in which apk
// index writes them:
//
//	C checksum   P name      V version      A architecture  S size of the file  I installed size
//	T description  U url     L license      o origin        m maintainer        t build time
//	c commit     k provider priority        D dependencies  p provides          i install_if

// appendStanza adds the entry's stanza and the empty line after it.
func appendStanza(b []byte, e *Entry) ([]byte, error) {
	s := stanza{text: b, start: len(b)}
	s.line('C', e.Checksum)
	s.line('P', e.Name)
	s.line('V', e.Version)
	s.line('A', e.Arch)
	s.number('S', e.FileSize)
	s.number('I', e.Size)
	s.line('T', e.Description)
	s.line('U', e.URL)
	s.line('L', e.License)
	s.optional('o', e.Origin)
	s.optional('m', e.Maintainer)
	if e.BuildDate != 0 {
		s.number('t', e.BuildDate)
	}
	if !e.NoCommit {
		s.line('c', e.Commit)
	}
	if e.ProviderPriority != 0 {
		s.number('k', int64(e.ProviderPriority))
	}
	s.list('D', e.Depends)
	s.list('p', e.Provides)
	s.list('i', e.InstallIf)
	if !s.whole(s.text[len(b):]) {
		return nil, fmt.Errorf("package %q, version %q: a value in its index entry has a line break or NUL", e.Name, e.Version)
	}
	if s.longest > maxLine {
		return nil, fmt.Errorf("package %q, version %q: a line of its index entry has %d bytes, at most %s are allowed", e.Name, e.Version,
			s.longest, member.Size(maxLine))
	}
	return append(s.text, '\n'), nil
}

// stanza is one that is being written, behind what is in text already.
type stanza struct {
	text    []byte
	lines   int
	start   int // of the current line
	longest int // bytes of a line
}

func (s *stanza) line(field byte, value string) {
	s.text = append(s.text, field, ':')
	s.text = append(s.text, value...)
	s.end()
}

func (s *stanza) number(field byte, n int64) {
	s.text = append(s.text, field, ':')
	s.text = strconv.AppendInt(s.text, n, 10)
	s.end()
}

func (s *stanza) optional(field byte, value string) {
	if value != "" {
		s.line(field, value)
	}
}

func (s *stanza) list(field byte, values []string) {
	if len(values) == 0 {
		return
	}
	s.text = append(s.text, field)
	separator := byte(':')
	for _, v := range values {
		s.text = append(append(s.text, separator), v...)
		separator = ' '
	}
	s.end()
}

func (s *stanza) end() {
	s.longest = max(s.longest, len(s.text)-s.start)
	s.text = append(s.text, '\n')
	s.start = len(s.text)
	s.lines++
}

// whole reports whether each value stays on its line, and none becomes fields of its own.
func (s *stanza) whole(text []byte) bool {
	return bytes.Count(text, []byte{'\n'}) == s.lines && bytes.IndexByte(text, 0) < 0 && bytes.IndexByte(text, '\r') < 0
}

// set reads one line of a stanza into e. Unknown fields are skipped, as apk does when it
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
		e.Depends, err = p.words(e.Depends, value)
	case 'p':
		e.Provides, err = p.words(e.Provides, value)
	case 'i':
		e.InstallIf, err = p.words(e.InstallIf, value)
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

// maxWord is how long a version or architecture may be, in bytes.
const maxWord = 128

// check refuses entries that would lead out of the repository when they become a path.
func (e *Entry) check() error {
	if err := apk.CheckName(e.Name); err != nil {
		return err
	}
	// These become parts of paths, addresses and tables.
	unfit := func(s, others string) bool {
		return len(s) > maxWord || strings.ContainsAny(s, others) || strings.ContainsFunc(s, unicode.IsSpace) || visible.Check(s) != nil
	}
	if e.Version == "" || unfit(e.Version, `/\`) {
		return fmt.Errorf("%s: version %.80q cannot be part of a file name", e.Name, e.Version)
	}
	if unfit(e.Arch, `/\.`) {
		return fmt.Errorf("%s: architecture %.80q cannot be part of a path", e.Name, e.Arch)
	}
	return nil
}
