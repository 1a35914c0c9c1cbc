package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// GitHub drops a summary of more than 1 MiB as a whole. The parts that have no bound of their own get one each, and
// leave room for what else is written into the same file.
const (
	maxTable = 400 << 10 // bytes of a table
	maxFence = 100 << 10
	maxCell  = 300 // characters
)

// Markdown writes the job summary: the packages, what takes the space in them, the times, the install commands.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("### Packages\n\n")
	writeTable(&b, "| package | version | arch | size | change | installed | where |\n|---|---|---|--:|--:|--:|---|\n", len(r.Packages),
		func(i int) string {
			p := r.Packages[i]
			return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |\n", cell(p.Name), cell(p.Version), cell(p.Arch),
				Bytes(p.Size), cell(p.change()), Bytes(p.InstalledSize), code(p.where()))
		})
	if text := r.notBuilt(); text != "" {
		b.WriteString("\n" + cell(text) + "\n")
	}
	if r.unchanged() {
		b.WriteString("\nNothing changed: the repository already held these packages.\n")
	}
	if r.Deployment != nil {
		b.WriteString("\n" + cell(r.Deployment.sentence()) + "\n")
	}
	if commands := strings.Join(r.Install, "\n"); commands != "" && len(commands) <= maxFence {
		b.WriteString("\nInstall it on Alpine:\n\n" + fence("sh", commands) + "\n")
	}
	if r.Remote() {
		b.WriteString("\n" + r.trafficLine() + "\n")
	}
	r.writeSpace(&b)
	if len(r.Stages) > 0 {
		b.WriteString("\n")
		writeTable(&b, "| stage | seconds |\n|---|--:|\n", len(r.Stages), func(i int) string {
			return fmt.Sprintf("| %s | %.1f |\n", cell(r.Stages[i].Name), r.Stages[i].Seconds)
		})
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTable writes n rows, or as many as there is room for.
func writeTable(b *strings.Builder, head string, n int, row func(int) string) {
	b.WriteString(head)
	size := 0
	for i := range n {
		text := row(i)
		if size += len(text); size > maxTable {
			fmt.Fprintf(b, "\n… and %d more.\n", n-i)
			return
		}
		b.WriteString(text)
	}
}

// writeSpace says what takes the space in the largest packages.
func (r *Report) writeSpace(b *strings.Builder) {
	const most = 3
	var told []Package
	for _, p := range r.Packages {
		other := func(q Package) bool { return q.Name == p.Name && q.Version == p.Version }
		if len(p.Largest) > 1 && !slices.ContainsFunc(told, other) {
			told = append(told, p)
		}
	}
	slices.SortStableFunc(told, func(a, b Package) int { return cmp.Compare(b.InstalledSize, a.InstalledSize) })
	for _, p := range told[:min(most, len(told))] {
		fmt.Fprintf(b, "\n#### Largest directories in %s\n\n", cell(p.Name))
		pie := "pie showData title " + label(p.Name) + "\n"
		writeTable(b, "| directory | size |\n|---|--:|\n", len(p.Largest), func(i int) string {
			d := p.Largest[i]
			pie += fmt.Sprintf("    \"%s\" : %d\n", label(d.name()), d.Size)
			return fmt.Sprintf("| %s | %s |\n", cell(d.name()), Bytes(d.Size))
		})
		b.WriteString("\n" + fence("mermaid", strings.TrimSuffix(pie, "\n")) + "\n")
	}
}

// change returns how much larger the package became since the version before.
func (p Package) change() string {
	if p.Previous == nil {
		return ""
	}
	sign, by := "+", p.Size-p.Previous.Size
	if by < 0 {
		sign, by = "−", -by
	}
	text := sign + Bytes(by)
	if p.Previous.Size > 0 {
		const percent = 100
		text += fmt.Sprintf(" (%s%.1f %%)", sign, percent*float64(by)/float64(p.Previous.Size))
	}
	return text + " since " + p.Previous.Version
}
