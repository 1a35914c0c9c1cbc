package apk

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
)

// MissingChecksumError is that of a file in a package which apk refuses to extract.
type MissingChecksumError struct{ File string }

func (e *MissingChecksumError) Error() string {
	return fmt.Sprintf("%s has no checksum (%s), and apk refuses to extract it: make the package with abuild or a newer version of "+
		"the tool that made it", e.File, checksumRecord)
}

// checkFileChecksums reads a package from r to its end and checks that each file in it has the checksum without which apk
// refuses to extract it. Packages that old versions of other tools made have none.
func checkFileChecksums(r io.Reader) error {
	_, err := Files(r, func(h *tar.Header, _ io.Reader) error {
		if h.Typeflag == tar.TypeReg && h.PAXRecords[checksumRecord] == "" {
			return &MissingChecksumError{h.Name}
		}
		return nil
	})
	return err
}

// FileChecker returns a writer for a package's bytes, and a function that waits for the MissingChecksumError of the first file
// without one, if any. The function takes the error with which the writing ended. Other faults of the package are for its reader
// to find.
func FileChecker() (w io.Writer, wait func(written error) error) {
	r, p := io.Pipe()
	found := make(chan error, 1)
	go func() {
		err := checkFileChecksums(r)
		_, _ = io.Copy(io.Discard, r) // the writer goes on after a fault
		found <- err
	}()
	return p, func(written error) error {
		_ = p.CloseWithError(written)
		if missing, ok := errors.AsType[*MissingChecksumError](<-found); ok {
			return missing
		}
		return nil
	}
}
