package apk

import (
	"errors"
	"fmt"
	"os"
)

// VerifySignature checks the package's own signature against the keys and reads no further. Of the files behind it this
// tells nothing: it is for packages that ReadFile has read.
func VerifySignature(path string, keys ...*PublicKey) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	o, err := open(file)
	if err == nil {
		err = o.control.Verify(o.Signatures, keys...)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
