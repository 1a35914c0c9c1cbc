package source

import "strings"

// pattern is one line of an ignore file, as gitignore(5) describes it.
type pattern struct {
	base    string // directory of the ignore file, with a trailing slash; empty at the root
	negated bool
	dirOnly bool
	name    bool // without a slash: matched against the last component alone
	tokens  []token
}

// token matches a piece of a path. Matching is by bytes, as git does it.
type token struct {
	kind  tokenKind
	char  byte
	class *[256]bool
}

type tokenKind uint8

const (
	literal  tokenKind = iota
	any1               // ?
	class              // [a-z]
	star               // *: anything within a component
	dirStar            // "**/" at a component's start: any number of components
	restStar           // "/**" at the end: anything
)

// parsePattern reads one line; ok is false for blank lines, comments and what can never match.
func parsePattern(base, line string) (p pattern, ok bool) {
	line = trimSpaces(strings.TrimSuffix(line, "\r"))
	if line == "" || line[0] == '#' {
		return p, false
	}
	p.base = base
	if line[0] == '!' {
		p.negated, line = true, line[1:]
	}
	if strings.HasSuffix(line, "/") {
		p.dirOnly, line = true, line[:len(line)-1]
	}
	if line == "" {
		return p, false
	}
	p.name = !strings.Contains(line, "/")
	p.tokens, ok = compile(strings.TrimPrefix(line, "/"))
	return p, ok
}

// trimSpaces drops spaces at the end that no backslash keeps.
func trimSpaces(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			i++
		}
		end = min(i+1, len(line))
	}
	return line[:end]
}

// compile turns the glob into tokens; it fails on an unclosed class and on a backslash at the end.
func compile(glob string) ([]token, bool) {
	var tokens []token
	for i := 0; i < len(glob); {
		switch c := glob[i]; c {
		case '*':
			var t token
			t, i = compileStars(glob, i)
			tokens = append(tokens, t)
		case '?':
			tokens = append(tokens, token{kind: any1})
			i++
		case '[':
			set, next, ok := compileClass(glob, i+1)
			if !ok {
				return nil, false
			}
			tokens = append(tokens, token{kind: class, class: set})
			i = next
		case '\\':
			if i++; i == len(glob) {
				return nil, false
			}
			c = glob[i]
			fallthrough
		default:
			tokens = append(tokens, token{kind: literal, char: c})
			i++
		}
	}
	return tokens, true
}

// compileStars reads the run of stars at glob[i] and, where it spans directories, the slash behind it.
func compileStars(glob string, i int) (token, int) {
	start := i
	for i < len(glob) && glob[i] == '*' {
		i++
	}
	atStart := start == 0 || glob[start-1] == '/'
	switch {
	case i-start < 2 || !atStart:
		return token{kind: star}, i
	case i == len(glob):
		return token{kind: restStar}, i
	case glob[i] == '/':
		return token{kind: dirStar}, i + 1
	}
	return token{kind: star}, i
}

// match reports whether the whole of s fits the tokens. It keeps the set of places that it may stand at, so its
// time is bounded by the lengths' product, whatever the pattern.
func match(tokens []token, s string) bool {
	now, next := make([]bool, len(tokens)+1), make([]bool, len(tokens)+1)
	enter(tokens, now, 0)
	for i := 0; i < len(s); i++ {
		clear(next)
		for at, on := range now[:len(tokens)] {
			if on {
				step(tokens, next, at, s[i])
			}
		}
		now, next = next, now
	}
	return now[len(tokens)]
}

// enter marks the place at and those that lie behind tokens which may be empty.
func enter(tokens []token, places []bool, at int) {
	places[at] = true
	for at < len(tokens) && tokens[at].kind >= star {
		at++
		places[at] = true
	}
}

// step moves from the place at over the byte c.
func step(tokens []token, next []bool, at int, c byte) {
	t := tokens[at]
	switch {
	case t.kind == star && c != '/', t.kind == restStar:
		enter(tokens, next, at)
	case t.kind == dirStar:
		next[at] = true // not its end: a component may only begin behind a slash
		if c == '/' {
			enter(tokens, next, at+1)
		}
	case t.kind == literal && t.char == c, t.kind == any1 && c != '/', t.kind == class && t.class[c]:
		enter(tokens, next, at+1)
	}
}
