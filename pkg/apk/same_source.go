package apk

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SameSource returns nil if both packages were made from the same commit by the same recipe, as far as they say: all but their
// files, and what follows from them, is equal. Else the error says what differs.
func SameSource(a, b *Package) error {
	switch commit := a.Info.Commit; {
	case commit == "" || b.Info.Commit == "":
		return errors.New("at least one of them does not say of which commit it is")
	case commit != b.Info.Commit:
		return fmt.Errorf("one is of commit %.12s, the other of %.12s", b.Info.Commit, commit)
	case strings.HasSuffix(commit, "-dirty"):
		return errors.New("both were built with uncommitted changes")
	}
	line, err := differentLine(a.Info, b.Info)
	if err != nil {
		return err
	}
	if line == "" && !slices.EqualFunc(a.Scripts, b.Scripts, sameScript) {
		line = "their install scripts"
	}
	if line != "" {
		return fmt.Errorf("both are of commit %.12s, but they differ in %s", a.Info.Commit, line)
	}
	return nil
}

func sameScript(a, b Script) bool { return a.Name == b.Name && bytes.Equal(a.Body, b.Body) }

// differentLine returns a line of .PKGINFO that only one of the packages has. What is in the files, when they were made and by
// which version of abuild does not count.
func differentLine(a, b Info) (string, error) {
	var lines [2][]string
	for i, info := range []Info{a, b} {
		info.Size, info.DataHash, info.BuildDate, info.Generator = 0, "", 0, ""
		text, err := info.encode()
		if err != nil {
			return "", err
		}
		lines[i] = strings.Split(string(text), "\n")
	}
	for i := range lines {
		for _, line := range lines[i] {
			if !slices.Contains(lines[1-i], line) {
				return "`" + line + "`", nil
			}
		}
	}
	return "", nil
}
