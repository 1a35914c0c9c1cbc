//go:build !linux

package native

import "time"

// birth is not asked for on other systems.
func birth(string) (time.Time, bool) { return time.Time{}, false }
