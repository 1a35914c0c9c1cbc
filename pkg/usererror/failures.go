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

// Causes returns the failures in err, and the mistakes that were found at once, one by one, so that each is shown by itself.
func Causes(err error) []error {
	switch e := err.(type) { //nolint:errorlint // each level is taken off, and kept around its causes
	case Failures:
		return flatten(e.Unwrap(), func(err error) error { return err })
	case Failure:
		return flatten([]error{e.Err}, func(err error) error { return Failure{Name: e.Name, Err: err} })
	case *InputError:
		return flatten([]error{e.Err}, Input)
	case interface{ Unwrap() []error }:
		if parts := e.Unwrap(); joined(err, parts) {
			return flatten(parts, func(err error) error { return err })
		}
	}
	if f, ok := errors.AsType[Failures](err); ok {
		return Causes(f)
	}
	return []error{err}
}

func flatten(errs []error, wrap func(error) error) []error {
	var all []error
	for _, err := range errs {
		for _, cause := range Causes(err) {
			all = append(all, wrap(cause))
		}
	}
	return all
}

// joined reports whether err is nothing but its parts, as errors.Join makes it: a sentence may wrap several errors, too.
func joined(err error, parts []error) bool {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part.Error()
	}
	return err.Error() == strings.Join(texts, "\n")
}
