package pipeline

import "fmt"

// How a build is isolated where the system cannot do all of it, see docs/isolation.md.
const (
	IsolationAuto   = "auto"   // build, and warn about what stays open
	IsolationStrict = "strict" // refuse to build
)

// CheckIsolation returns an error unless the value is one of these.
func CheckIsolation(value string) error {
	if value != IsolationAuto && value != IsolationStrict {
		return fmt.Errorf("%q is not allowed; use %s or %s", value, IsolationAuto, IsolationStrict)
	}
	return nil
}
