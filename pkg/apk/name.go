package apk

import (
	"fmt"
	"slices"
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

// operators stand between the name and the version of a dependency.
const operators = "<>=~"

// CheckDependency returns an error when apk would call a package with this dependency broken: it has no name, or what follows
// its operator is no version.
func CheckDependency(word string) error {
	if DependencyName(strings.TrimPrefix(word, "!")) == "" {
		return fmt.Errorf("dependency %.80q: it names no package", word)
	}
	i := strings.IndexAny(word, operators)
	if i < 0 {
		return nil
	}
	version := strings.TrimLeft(word[i:], operators)
	if word[i:len(word)-len(version)] == "><" { // the hash of one package
		return nil
	}
	version, _, _ = strings.Cut(version, "@")
	if err := CheckVersion(version); err != nil {
		return fmt.Errorf("dependency %.80q: %w", word, err)
	}
	return nil
}

// CheckDependencies returns an error that names the first dependency for which apk would not install the package, or provided
// name for which apk 2 would read neither the package nor an index that lists it.
func (i *Info) CheckDependencies() error {
	for _, word := range slices.Concat(i.Depends, i.InstallIf) {
		if err := CheckDependency(word); err != nil {
			return fmt.Errorf(".PKGINFO: %w", err)
		}
	}
	for _, word := range i.Provides {
		if err := CheckDependency(word); err != nil {
			return fmt.Errorf(".PKGINFO: provides: %w", err)
		}
	}
	return nil
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
