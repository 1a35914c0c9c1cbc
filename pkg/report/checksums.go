package report

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Checksums writes the packages' SHA-256 sums as sha256sum does (GNU coreutils, "sha256sum invocation"): the sum, two
// spaces, the file; in a name with a backslash or a line break these are escaped, which a backslash before the sum shows.
// A package that is nowhere on this machine goes by the name of its file in the repository.
func (r *Report) Checksums(w io.Writer) error {
	var lines []string
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	for _, p := range r.Packages {
		file := p.File
		if file == "" {
			file = path.Base(p.URL)
		}
		name, mark := escape.Replace(file), ""
		if name != file {
			mark = `\`
		}
		if line := mark + p.SHA256 + "  " + name + "\n"; !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	_, err := fmt.Fprint(w, strings.Join(lines, ""))
	return err
}
