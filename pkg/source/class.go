package source

import "strings"

// compileClass reads a bracket expression from behind its '[' and returns the bytes in it and the place behind
// its ']'. A slash is never in a class.
func compileClass(glob string, i int) (set *[256]bool, next int, ok bool) {
	set = new([256]bool)
	negated := i < len(glob) && (glob[i] == '!' || glob[i] == '^')
	if negated {
		i++
	}
	for first := true; ; first = false {
		if i >= len(glob) {
			return nil, 0, false
		}
		if glob[i] == ']' && !first {
			break
		}
		if i, ok = addToClass(set, glob, i); !ok {
			return nil, 0, false
		}
	}
	for c := range set {
		set[c] = set[c] != negated
	}
	set['/'] = false
	return set, i + 1, true
}

// addToClass adds one item at glob[i]: a byte, a range, or a named class.
func addToClass(set *[256]bool, glob string, i int) (int, bool) {
	if strings.HasPrefix(glob[i:], "[:") {
		name, _, found := strings.Cut(glob[i+2:], ":]")
		holds, known := named[name]
		if !found || !known {
			return 0, false
		}
		for c := range 128 {
			set[c] = set[c] || holds(byte(c))
		}
		return i + len("[::]") + len(name), true
	}
	low, i, ok := classByte(glob, i)
	if !ok {
		return 0, false
	}
	high := low
	if i+1 < len(glob) && glob[i] == '-' && glob[i+1] != ']' {
		if high, i, ok = classByte(glob, i+1); !ok {
			return 0, false
		}
	}
	for c := int(low); c <= int(high); c++ {
		set[c] = true
	}
	return i, true
}

// classByte reads one byte, escaped or not.
func classByte(glob string, i int) (byte, int, bool) {
	if glob[i] == '\\' {
		i++
	}
	if i >= len(glob) {
		return 0, 0, false
	}
	return glob[i], i + 1, true
}

// named are POSIX's classes, in the C locale.
var named = map[string]func(byte) bool{
	"alnum":  func(c byte) bool { return isAlpha(c) || isDigit(c) },
	"alpha":  isAlpha,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  isLower,
	"print":  func(c byte) bool { return c == ' ' || isGraph(c) },
	"punct":  func(c byte) bool { return isGraph(c) && !isAlpha(c) && !isDigit(c) },
	"space":  func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' },
	"upper":  isUpper,
	"xdigit": func(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' },
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isAlpha(c byte) bool { return isLower(c) || isUpper(c) }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isGraph(c byte) bool { return c > ' ' && c < 0x7f }
