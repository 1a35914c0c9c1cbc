// Package diff finds what two packages differ in: the fields of .PKGINFO, the install scripts, and
// every entry of the data with its type, mode, owner, attributes, link and content. Packages are
// streamed; of each only the table of its entries is held.
package diff

import (
	"cmp"
	"context"
	"fmt"

	"github.com/pakman/build/pkg/internal/visible"
)

// Options say how closely packages are compared.
type Options struct {
	// All counts also what differs by nature between two builds or builders: the generator comment,
	// signatures, the hashes and sizes of what was compressed (also of .gz files with the same
	// content), access and change times.
	All bool
}

// Difference is one thing that differs. A and B say what the first and the second package have;
// empty: nothing.
type Difference struct {
	Where string `json:"where"` // ".PKGINFO", ".pre-install", "usr/bin/hello", "package"
	What  string `json:"what"`  // "depend", "line 3", "mode", "entry"
	A     string `json:"a"`
	B     string `json:"b"`
}

// String returns the difference as one line, whatever the packages hold.
func (d Difference) String() string {
	return fmt.Sprintf("%s: %s: %s → %s", shown(d.Where), shown(d.What), shown(d.A), shown(d.B))
}

// shown returns s as a terminal may show it; for nothing "(none)".
func shown(s string) string {
	if s == "" {
		return "(none)"
	}
	return visible.Line(s)
}

// Files compares the packages in two files and returns their differences: .PKGINFO first, then
// scripts, then entries by name.
func Files(ctx context.Context, a, b string, o Options) ([]Difference, error) {
	first, err := read(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	second, err := read(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b, err)
	}
	c := comparer{all: o.All}
	c.info(first.Info, second.Info)
	c.scripts(first.Scripts, second.Scripts)
	c.entries(first, second)
	if o.All {
		c.files(first.Package, second.Package)
	}
	return c.found, nil
}

// comparer collects differences.
type comparer struct {
	all   bool
	found []Difference
}

func (c *comparer) add(where, what, a, b string) {
	c.found = append(c.found, Difference{Where: where, What: what, A: a, B: b})
}

func (c *comparer) text(where, what, a, b string) {
	if a != b {
		c.add(where, what, a, b)
	}
}

func number[T cmp.Ordered](c *comparer, where, what string, a, b T) {
	c.text(where, what, fmt.Sprint(a), fmt.Sprint(b))
}
