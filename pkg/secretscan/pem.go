package secretscan

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
)

var (
	pemBegin = regexp.MustCompile(`-----BEGIN ((?:[A-Z0-9]+ ){0,3})PRIVATE KEY( BLOCK)?-----`)
	ageKey   = regexp.MustCompile(`^AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{50,}`)
	puttyKey = regexp.MustCompile(`(?s)^PuTTY-User-Key-File-[0-9]: .*\nPrivate-Lines: [0-9]+\r?\n[A-Za-z0-9+/=]{16,}`)
)

// pemKey returns what key it is whose first line holds the words at that place, and what its body stands for; "" where there is
// none. The words alone stand in many programs: a key has a body.
func pemKey(text []byte, at int) (what string, der []byte) {
	const before = 40
	from := max(0, at-before)
	place := pemBegin.FindSubmatchIndex(text[from:min(len(text), at+before)])
	if place == nil {
		return "", nil
	}
	kind := strings.TrimSpace(string(text[from+place[2] : from+place[3]]))
	body := pemBody(text[from+place[1] : min(len(text), from+place[1]+maxKey)])
	if body == "" {
		return "", nil
	}
	what = "a private key"
	if kind != "" {
		what += " (" + kind + ")"
	}
	der, _ = base64.StdEncoding.DecodeString(body) // up to where it is none
	return what, der
}

// A key of 256 bits has 64 characters in its body.
const (
	leastBody     = 60
	leastDistinct = 16 // a placeholder repeats itself
)

// pemBody returns the body of a key in one line. It also stands in the texts of programs and in JSON: with escaped line ends,
// in quotes, joined. It is empty where there is none.
func pemBody(text []byte) string {
	text, _, _ = bytes.Cut(text, []byte("-----"))
	lines := unescape.Replace(string(text))
	var body strings.Builder
	total, seen := 0, map[rune]bool{}
	for line := range strings.SplitSeq(lines, "\n") {
		line = unquoted(line)
		if line == "" || total == 0 && strings.Contains(line, ": ") { // the headers of an encrypted key
			continue
		}
		if !base64Line.MatchString(line) {
			break
		}
		body.WriteString(line)
		total += len(line)
		for _, r := range line {
			seen[r] = true
		}
	}
	if total < leastBody || len(seen) < leastDistinct {
		return ""
	}
	return body.String()
}

// unquoted returns a line without the quotes and operators that join it to others in a program.
func unquoted(line string) string {
	const quotes = "'\"`"
	line = strings.TrimSpace(line)
	if strings.IndexAny(line, quotes) == 0 {
		line = line[1:]
	}
	if i := strings.LastIndexAny(line, quotes); i >= 0 {
		line = line[:i]
	}
	line = strings.Trim(line, " \t,;()")
	if line == "+" {
		return ""
	}
	return line
}

var (
	base64Line = regexp.MustCompile(`^[A-Za-z0-9+/]{4,}={0,2}$`)
	unescape   = strings.NewReplacer(`\\r`, "", `\\n`, "\n", `\r`, "", `\n`, "\n", "\r", "")
)
