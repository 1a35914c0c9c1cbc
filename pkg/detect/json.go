package detect

import (
	"regexp"
	"strings"
)

var trailingComma = regexp.MustCompile(`,(\s*[}\]])`)

// plainJSON returns JSON with comments and trailing commas without them. Strings stay as they are.
func plainJSON(text string) string {
	var out, outside strings.Builder
	flush := func() {
		out.WriteString(trailingComma.ReplaceAllString(outside.String(), "$1"))
		outside.Reset()
	}
	for i := 0; i < len(text); {
		switch rest := text[i:]; {
		case rest[0] == '"':
			end := stringEnd(rest)
			flush()
			out.WriteString(rest[:end])
			i += end
		case strings.HasPrefix(rest, "//"):
			i += until(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			i += min(until(rest[2:], "*/")+len("/**/"), len(rest))
		default:
			outside.WriteByte(rest[0])
			i++
		}
	}
	flush()
	return out.String()
}

// stringEnd returns the length of the string that text begins with.
func stringEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// until returns how much of text is before end, which may not come.
func until(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i
	}
	return len(text)
}
