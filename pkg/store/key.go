package store

import (
	"fmt"
	"io/fs"
	"strings"
)

// CheckKey says why key is no key of a store; nil when it is. No key leaves the store's prefix.
func CheckKey(key string) error {
	if !fs.ValidPath(key) || key == "." || strings.ContainsAny(key, "\\\x00") {
		return fmt.Errorf("%q is no key of a store: it must be a relative path without empty, %q or %q elements", key, ".", "..")
	}
	return nil
}
