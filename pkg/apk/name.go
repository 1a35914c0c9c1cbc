package apk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pakman/build/pkg/internal/visible"
)

const (
	digits       = "0123456789"
	lower        = "abcdefghijklmnopqrstuvwxyz"
	alphanumeric = digits + lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// maxName keeps NAME-VERSION.apk below the 255 bytes that file systems allow.
const maxName = 128

// DependencyName returns the name in a dependency such as name>=1.2 or name@edge, without version and repository.
func DependencyName(word string) string {
	if i := strings.IndexAny(word, "<>=~@"); i >= 0 {
		return word[:i]
	}
	return word
}

// CheckName returns an error when name is not a valid package name. The rule is abuild's: ASCII
// letters, digits and "._+-", the first a letter or digit.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the package name is empty")
	case len(name) > maxName:
		return fmt.Errorf("package name %.40q…: %d bytes, at most %d are allowed", name, len(name), maxName)
	case !strings.Contains(alphanumeric, name[:1]):
		return fmt.Errorf("package name %q: it must begin with a letter or digit", name)
	}
	if i := strings.IndexFunc(name, outside(alphanumeric+"._+-")); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		return fmt.Errorf("package name %q: %q is not allowed, only letters, digits and any of ._+-", name, r)
	}
	return nil
}

// CheckText returns an error when s cannot stand on a line of .PKGINFO, which has no escapes, or would not be shown as it
// is where packages are listed: it names the control, bidirectional or zero-width character.
func CheckText(s string) error { return visible.Check(s) }

// outside returns the predicate of the runes that are not in set.
func outside(set string) func(rune) bool {
	return func(r rune) bool { return !strings.ContainsRune(set, r) }
}
