package pipeline

import (
	"strings"

	"github.com/pakman/build/pkg/config"
)

// ParseVariable reads KEY=VALUE, as the user adds it to the environment of builds. A key has letters, digits and _.
func ParseVariable(text string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	return key, value, ok && config.IsVariableName(key)
}
