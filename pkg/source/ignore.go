package source

import (
	"path"
	"slices"
	"strings"
)

// rules are the patterns of ignore files, later ones before earlier ones.
type rules []pattern

// verdict is what rules say of a path.
type verdict uint8

const (
	silent verdict = iota
	excluded
	included // by a pattern with "!"
)

// parseRules reads an ignore file that lies in the directory base, a slash path relative to the root.
func parseRules(base, text string) rules {
	if base != "" {
		base += "/"
	}
	var r rules
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		if p, ok := parsePattern(base, line); ok {
			r = append(r, p)
		}
	}
	return r
}

// of returns the verdict of the last pattern that matches the path itself; parents are the caller's.
func (r rules) of(name string, dir bool) verdict {
	for _, v := range slices.Backward(r) {
		if !v.matches(name, dir) {
			continue
		}
		if v.negated {
			return included
		}
		return excluded
	}
	return silent
}

// Excludes reports whether patterns of gitignore(5), the later ones before the earlier ones, leave out the file or directory of
// that name, a slash path relative to their directory.
func Excludes(patterns []string, name string) bool {
	return parseRules("", strings.Join(patterns, "\n")).excludes(name)
}

// OwnIgnores reports whether the application's own ignore file in dir leaves out the file or directory of that name.
func OwnIgnores(dir, name string) bool {
	r, err := ownRules(dir)
	return err == nil && r.excludes(name)
}

// excludes reports whether the rules leave out what has that name, be it a file or a directory.
func (r rules) excludes(name string) bool {
	return r.file(name) == excluded || r.of(name, true) == excluded
}

// LiteralPattern returns the pattern of gitignore(5) that matches the path and, where that has a slash, nothing else.
func LiteralPattern(name string) string {
	escaped := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
	if before, found := strings.CutSuffix(escaped, " "); found {
		escaped = before + `\ `
	}
	return escaped
}

func (p pattern) matches(name string, dir bool) bool {
	if p.dirOnly && !dir || !strings.HasPrefix(name, p.base) {
		return false
	}
	if p.name {
		return match(p.tokens, path.Base(name))
	}
	return match(p.tokens, name[len(p.base):])
}

// file returns the verdict on a file: what lies in an excluded directory is excluded, what lies in an
// included one is included unless something else excludes it.
func (r rules) file(name string) verdict {
	found := silent
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		switch r.of(name[:i], true) {
		case excluded:
			return excluded
		case included:
			found = included
		case silent:
		}
	}
	if v := r.of(name, false); v != silent {
		return v
	}
	return found
}

// negates reports whether any pattern takes files back in.
func (r rules) negates() bool {
	for _, p := range r {
		if p.negated {
			return true
		}
	}
	return false
}
