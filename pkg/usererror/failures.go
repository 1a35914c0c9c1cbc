package usererror

import (
	"errors"
	"strings"
)

// Failures are the failures of some of several applications.
type Failures []Failure

// Failure is the failure of one of them.
type Failure struct {
	Name string // the application's; empty before it is known
	Err  error
}

func (f Failure) Error() string {
	if f.Name == "" || errors.As(f.Err, new(*BuildError)) { // which names the file
		return f.Err.Error()
	}
	return f.Name + ": " + f.Err.Error()
}

func (f Failure) Unwrap() error { return f.Err }

func (f Failures) Error() string {
	lines := make([]string, len(f))
	for i, failure := range f {
		lines[i] = failure.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single failures.
func (f Failures) Unwrap() []error {
	errs := make([]error, len(f))
	for i, failure := range f {
		errs[i] = failure
	}
	return errs
}

// Join returns the failures as an error: nil where there is none, and the plain error where only one application was asked for.
func (f Failures) Join(applications int) error {
	switch {
	case len(f) == 0:
		return nil
	case applications == 1:
		return f[0].Err
	}
	return f
}

// Causes returns the failures in err one by one, so that each is shown by itself.
func Causes(err error) []error {
	if f, ok := errors.AsType[Failures](err); ok {
		return f.Unwrap()
	}
	return []error{err}
}
