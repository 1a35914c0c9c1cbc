package pipeline

import (
	"regexp"
	"strings"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ParseVariable reads KEY=VALUE, as the user adds it to the environment of builds. A key has letters, digits and _.
func ParseVariable(text string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	return key, value, ok && variableName.MatchString(key)
}
