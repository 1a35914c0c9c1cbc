package config

import (
	"bytes"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLocated limits the text in which a syntax error is located by parsing parts of it.
const maxLocated = 64 << 10

// syntaxFault explains why the parser refused the text. The parser reports neither the column nor, in nested text, the
// line of the mistake, only where the enclosing value begins; so the position is found as the end of the shortest prefix
// of the text that is refused for the same reason.
func syntaxFault(name string, data []byte, err error) Fault {
	line, reason := splitReason(err)
	pos := Pos{File: name, Line: line, Column: 1}
	if anchor := unknownAnchor.FindStringSubmatch(reason); anchor != nil {
		pos = placeOf(name, data, regexp.MustCompile(`\*`+regexp.QuoteMeta(anchor[1])))
	} else if len(data) <= maxLocated {
		pos = locate(name, data, reason)
	}
	before, at := aroundPlace(data, pos)
	if strings.ContainsRune(before+at, '\t') && strings.Trim(before, " \t-") == "" {
		return Fault{Pos: pos, Message: tabMessage, Hint: tabHint}
	}
	for _, e := range explanations {
		if strings.Contains(reason, e.reason) {
			return Fault{Pos: pos, Message: "the file is not YAML: " + strings.ReplaceAll(e.message, "%c", at), Hint: e.hint}
		}
	}
	return Fault{
		Pos: pos, Message: "the file is not YAML: " + reason,
		Hint: "Check the indentation and the quotes of this line and the one above",
	}
}

// aroundPlace returns the text of the line before the place, and the character at it.
func aroundPlace(data []byte, pos Pos) (before, at string) {
	lines := splitLines(data)
	if pos.Line < 1 || pos.Line > len(lines) {
		return "", ""
	}
	text := []rune(lines[pos.Line-1])
	column := min(pos.Column-1, len(text))
	return string(text[:column]), string(text[column:min(column+1, len(text))])
}

// explanations translate the parser's reasons into the user's words. %c stands for the character at the position.
var explanations = []struct{ reason, message, hint string }{
	{"mapping values are not allowed",
		"an unexpected colon: the line is indented differently from its neighbours, or its value contains `: `",
		"Align the line with its neighbours, or put the value in quotes"},
	{"did not find expected key", "the line does not fit the lines above it",
		"Align it with its neighbours; if a value begins with a quote, the whole value must be quoted"},
	{"did not find expected '-' indicator", "the line is indented like a list item, but has no dash",
		"Begin it with `- `, or align it with the key that it belongs to"},
	{"could not find expected ':'", "a key without a colon", "Write `key: value`, or indent the text that belongs to the value above"},
	{"cannot start any token", "an unquoted value may not begin with %c", "Put the value in quotes"},
	{"found unexpected end of stream", "the quote that opens here is never closed", "Close it; write a quote inside '…' twice"},
	{"did not find expected ',' or ']'", "the list that [ opens is not closed, or a comma is missing",
		"Close it with ], or quote the item with a special character"},
	{"did not find expected ',' or '}'", "the mapping that { opens is not closed, or a comma is missing",
		"Close it with }, or quote the value that begins with {"},
	{"did not find expected node content", "a value is missing", "Write one, or remove the comma"},
	{"unknown escape character", "a backslash before a character that needs none",
		"Use '…' instead of \"…\": there a backslash is an ordinary character"},
	{"block sequence entries are not allowed", "a list item on the line of its key", "Begin the list on the next line"},
	{"unknown anchor", "the alias refers to an anchor that is not defined above it",
		"Define it with &, or quote the value that begins with *"},
	{"expected <document start>", "text after the end of the document", "Remove the line `...`"},
	{"exceeded max depth", "values are nested too deep", "Write the values without nesting"},
	{"expected alphabetic or numeric character", "* and & begin an alias or an anchor, which needs a name", "Put the value in quotes: '*'"},
	{"unknown directive", "a line that begins with % is a directive", "Put the value in quotes, or indent the line"},
}

var (
	reasonForm    = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '([^']*)' referenced`)
)

// splitReason separates the line number from the parser's message.
func splitReason(err error) (line int, reason string) {
	m := reasonForm.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	if m == nil {
		return 1, err.Error()
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		line = 1 // the parser omits the first line's number
	}
	return line, m[2]
}

// locate finds the end of the shortest prefix of data that is refused for reason.
func locate(name string, data []byte, reason string) Pos {
	refused := func(n int) bool {
		_, err := parseYAML(data[:n])
		if err == nil {
			return false
		}
		_, r := splitReason(err)
		return r == reason
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	ends := make([]int, len(lines)+1) // offset after so many lines
	for i, line := range lines {
		ends[i+1] = ends[i] + len(line)
	}
	// An unfinished value further up, such as a quote of several lines, may be refused for the same reason, so the
	// search goes upwards from the end.
	low, high := len(lines)-1, len(lines)
	for step := 1; low > 0 && refused(ends[low]); step *= 2 {
		low, high = max(0, low-step), low
	}
	for high-low > 1 {
		if middle := (low + high) / 2; refused(ends[middle]) {
			high = middle
		} else {
			low = middle
		}
	}
	text := []rune(string(lines[high-1]))
	column := 1 + sort.Search(len(text), func(i int) bool {
		return refused(ends[high-1] + len(string(text[:i+1])))
	})
	return Pos{File: name, Line: high, Column: max(1, min(column, len(text)))}
}

// placeOf returns the position where pattern first matches.
func placeOf(name string, data []byte, pattern *regexp.Regexp) Pos {
	at := pattern.FindIndex(data)
	if at == nil {
		return Pos{File: name}
	}
	before := data[:at[0]]
	start := bytes.LastIndexByte(before, '\n') + 1
	return Pos{File: name, Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[start:]) + 1}
}
