package sandbox

import (
	"os"
	"strings"
	"sync"
)

// SameUser reports whether builds run as the user who started the program: that user is not root, or is called root in a namespace
// that has no other user.
var SameUser = sync.OnceValue(func() bool {
	if os.Geteuid() != 0 {
		return true
	}
	text, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && onlyRoot(string(text))
})

// onlyRoot reports whether a map of user numbers (inside, outside, how many) has somebody in it who is root inside alone.
func onlyRoot(text string) bool {
	fields := strings.Fields(text)
	return len(fields) == 3 && fields[0] == "0" && fields[1] != "0" && fields[2] == "1"
}
