package secretscan

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	pemBegin = regexp.MustCompile(`-----BEGIN ((?:[A-Z0-9]+ ){0,3})PRIVATE KEY( BLOCK)?-----`)
	ageKey   = regexp.MustCompile(`^AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{50,}`)
	puttyKey = regexp.MustCompile(`(?s)^PuTTY-User-Key-File-[0-9]: .*\nPrivate-Lines: [0-9]+\r?\n[A-Za-z0-9+/=]{16,}`)
)

// pemKey returns the key whose first line holds the words at that place. The words alone stand in many programs: a key has a
// body.
func pemKey(text []byte, at int) *Finding {
	const before = 40
	from := max(0, at-before)
	place := pemBegin.FindSubmatchIndex(text[from:min(len(text), at+before)])
	if place == nil {
		return nil
	}
	begin := text[from+place[0] : from+place[1]]
	kind := strings.TrimSpace(string(text[from+place[2] : from+place[3]]))
	body := pemBody(text[from+place[1] : min(len(text), from+place[1]+maxKey)])
	if body == nil {
		return nil
	}
	what := "a private key"
	if kind != "" {
		what += " (" + kind + ")"
	}
	end := bytes.Replace(begin, []byte("BEGIN"), []byte("END"), 1)
	return &Finding{What: what, Block: bytes.Join([][]byte{begin, body, end, nil}, []byte("\n"))}
}

// A key of 256 bits has 64 characters in its body.
const (
	leastBody     = 60
	leastDistinct = 16 // a placeholder repeats itself
)

// pemBody returns the body of a key in lines, as it also stands in the texts of programs and in JSON: with escaped line ends,
// in quotes, joined. It is nil where there is none.
func pemBody(text []byte) []byte {
	lines := unescape.Replace(string(text))
	if i := strings.Index(lines, "-----"); i >= 0 {
		lines = lines[:i]
	}
	var body []string
	total, seen := 0, map[rune]bool{}
	for line := range strings.SplitSeq(lines, "\n") {
		line = unquoted(line)
		if line == "" || total == 0 && strings.Contains(line, ": ") { // the headers of an encrypted key
			continue
		}
		if !base64Line.MatchString(line) {
			break
		}
		body, total = append(body, line), total+len(line)
		for _, r := range line {
			seen[r] = true
		}
	}
	if total < leastBody || len(seen) < leastDistinct {
		return nil
	}
	return []byte(strings.Join(body, "\n"))
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
