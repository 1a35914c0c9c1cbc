package apk

import (
	"archive/tar"
	"fmt"
	"io"
)

// CheckFileChecksums reads a package from r to its end and checks that each file in it has the checksum without which apk
// refuses to extract it. Packages that old versions of other tools made have none.
func CheckFileChecksums(r io.Reader) error {
	_, err := Files(r, func(h *tar.Header, _ io.Reader) error {
		if h.Typeflag == tar.TypeReg && h.PAXRecords[checksumRecord] == "" {
			return fmt.Errorf(
				"%s has no checksum (%s), and apk refuses to extract it: make the package with abuild or a newer version of the "+
					"tool that made it", h.Name, checksumRecord)
		}
		return nil
	})
	return err
}
