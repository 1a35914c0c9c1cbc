package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Checksums writes the packages' SHA-256 sums as sha256sum does (GNU coreutils, "sha256sum invocation"): the sum, two
// blanks, the file; in a name with a backslash or a line break these are escaped, which a backslash before the sum tells.
func (r *Report) Checksums(w io.Writer) error {
	var lines []string
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	for _, p := range r.Packages {
		name, mark := escape.Replace(p.File), ""
		if name != p.File {
			mark = `\`
		}
		if line := mark + p.SHA256 + "  " + name + "\n"; !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	_, err := fmt.Fprint(w, strings.Join(lines, ""))
	return err
}
