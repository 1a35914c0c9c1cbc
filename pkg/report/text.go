package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/pakman/build/pkg/internal/visible"
)

// Bytes writes n for people, in decimal units as package sizes are usually quoted: "5.69 MB".
func Bytes(n int64) string {
	const kilo = 1000
	if n < kilo {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, units := float64(n)/kilo, "kMGT"
	i := 0
	// 999.995 would be rounded to "1000.00".
	for value >= 999.995 && i < len(units)-1 {
		value /= kilo
		i++
	}
	return strconv.FormatFloat(value, 'f', 2, 64) + " " + units[i:i+1] + "B"
}

// Text writes the table and the install commands for a terminal.
func (r *Report) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(tw, "PACKAGE\tVERSION\tARCH\tSIZE\tINSTALLED\tWHERE"); err != nil {
		return err
	}
	for _, p := range r.Packages {
		if _, err := fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, p.Version, p.Arch,
			Bytes(p.Size), Bytes(p.InstalledSize), visible.Line(p.where())); err != nil {
			return err
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if text := r.notBuilt(); text != "" {
		if _, err := fmt.Fprintln(w, "\n"+text); err != nil {
			return err
		}
	}
	if r.Remote() {
		if _, err := fmt.Fprintf(w, "\n%s\n", r.trafficLine()); err != nil {
			return err
		}
	}
	if r.unchanged() {
		if _, err := fmt.Fprintln(w, "\nNothing changed: the repository already held these packages."); err != nil {
			return err
		}
	}
	if r.Deployment != nil {
		if _, err := fmt.Fprintf(w, "\n%s\n", r.Deployment.sentence()); err != nil {
			return err
		}
	}
	if len(r.Install) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nInstall it on Alpine:\n  %s\n", strings.Join(r.Install, "\n  "))
	return err
}

// unchanged reports whether a repository held all packages already. A deployment of its own has none.
func (r *Report) unchanged() bool { return !r.Changed && r.RepositoryURL != "" }

// Remote reports whether the repository is reached over a network, and not a directory of this machine.
func (r *Report) Remote() bool {
	return strings.HasPrefix(r.RepositoryURL, "http://") || strings.HasPrefix(r.RepositoryURL, "https://")
}

// trafficLine says what publishing asked of the store.
func (r *Report) trafficLine() string {
	return fmt.Sprintf("Publishing took %d requests: %s sent, %s received.", r.Traffic.Requests, Bytes(r.Traffic.Sent),
		Bytes(r.Traffic.Received))
}

// notBuilt says which applications were skipped; empty for none.
func (r *Report) notBuilt() string {
	if len(r.Skipped) == 0 {
		return ""
	}
	return "Not built again, because nothing changed since an earlier build: " + strings.Join(r.Skipped, ", ") + "."
}

// where returns the place where a person looks for the package.
func (p Package) where() string {
	if p.URL != "" {
		return PlainURL(p.URL)
	}
	return p.File
}
