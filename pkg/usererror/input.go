// Package usererror holds the errors that the user can fix: a mistake in what was given, a failing command of the
// application's own, and several failures of one run.
package usererror

import "errors"

// Exit codes of a run that failed.
const (
	ExitFailure = 1 // a build or a publish failed
	ExitInput   = 2 // an *InputError
)

// InputError is a mistake in what the user gave (the file, a flag, a key, a bucket), found before
// anything was built or written.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// Input marks err as the user's to fix. It returns nil for nil.
func Input(err error) error {
	if err == nil {
		return nil
	}
	return &InputError{Err: err}
}

// ExitCode returns the exit code of a run that ended with err.
func ExitCode(err error) int {
	if errors.As(err, new(*InputError)) {
		return ExitInput
	}
	return ExitFailure
}
