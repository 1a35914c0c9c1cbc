package builder

import "fmt"

// RefusedError is a build directory or a package that a builder does not accept: a wrong version, a
// missing source, a file where packages may have none.
type RefusedError struct {
	What string // what was found, what is allowed, what to do
	Line int    // of the APKBUILD, counted from 1; 0 where it is not about a line
}

func (e *RefusedError) Error() string { return e.What }

// Refuse makes a *RefusedError.
func Refuse(format string, args ...any) error {
	return &RefusedError{What: fmt.Sprintf(format, args...)}
}
