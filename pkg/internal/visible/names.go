package visible

import "strings"

// Names returns the names of keys in one line, separated by commas; "nobody" if there is none.
func Names(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return Line(strings.Join(names, ", "))
}
