package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// maxSize limits the file: real ones have a few KB, and YAML of this size needs about 60 MB as nodes.
const maxSize = 256 << 10

// read returns the content of the file at path, at most one byte more than maxSize of it.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, describeOpen(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file; name the YAML file itself", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, describeOpen(path, err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

func describeOpen(path string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &missingError{path + " does not exist; write one with `pakman init`, or name another with --config"}
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s may not be read by this user; check its permissions: %w", path, os.ErrPermission)
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// cleanText removes a byte order mark and finds what is not text. The fault is nil if there is none.
func cleanText(name string, data []byte) ([]byte, *Fault) {
	whole := Pos{File: name}
	switch {
	case len(data) > maxSize:
		return nil, &Fault{
			Pos: whole, Message: fmt.Sprintf("the file is larger than %d KB", maxSize>>10),
			Hint: "Is it the right file? Move long scripts to files of their own",
		}
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return nil, &Fault{Pos: whole, Message: "the file is UTF-16 text", Hint: "Save it as UTF-8"}
	case bytes.IndexByte(data, 0) >= 0:
		return nil, &Fault{Pos: whole, Message: "the file is binary, not text", Hint: "Is it the right file?"}
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		pos := Pos{File: name, Line: line, Column: column}
		if r == utf8.RuneError && size == 1 {
			return nil, &Fault{Pos: pos, Message: fmt.Sprintf("byte 0x%02x is not UTF-8 text", data[i]), Hint: "Save the file as UTF-8"}
		}
		if !printable(r) {
			return nil, &Fault{Pos: pos, Message: "found the character " + CodePoint(r) + ", which YAML does not allow", Hint: "Remove it"}
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		i += size
	}
	return data, nil
}

// printable reports whether YAML allows r (YAML 1.2, production c-printable), and 1.1 and 1.2 agree on what it means:
// U+0085, U+2028 and U+2029 end a line in the former alone.
func printable(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfffe, r == 0xffff:
		return false
	}
	return true
}
