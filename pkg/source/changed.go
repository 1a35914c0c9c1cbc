package source

import (
	"context"
	"errors"
)

// ErrNoBase is that of a commit that the checkout does not hold.
var ErrNoBase = errors.New("the checkout does not contain that commit")

// ErrNoCheckout is that of a directory outside git.
var ErrNoCheckout = errors.New("the directory is not in a git checkout")

// Changed returns the files below dir, as slash paths relative to it, that differ between the commit base and the one
// that is checked out. They are counted from where the two parted, as in a pull request, or with exact from base
// itself. A file that was moved counts at both places.
func Changed(ctx context.Context, dir string, getenv func(string) string, base string, exact bool) ([]string, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	g, err := findGit(ctx, getenv)
	if err != nil {
		return nil, err
	}
	r, err := g.find(ctx, dir)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, ErrNoCheckout
	}
	defer r.close()
	from, err := r.ask(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", base+"^{commit}")
	if err != nil {
		return nil, err
	}
	if from == "" {
		return nil, ErrNoBase
	}
	if !exact {
		parted, err := r.ask(ctx, dir, "merge-base", from, "HEAD")
		if err != nil {
			return nil, err
		}
		if parted != "" { // else their histories have nothing in common, or are cut
			from = parted
		}
	}
	return r.records(ctx, dir, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none",
		"--submodule=short", "--relative", from, "HEAD", "--")
}
