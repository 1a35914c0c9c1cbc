package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// find returns the repository of the checkout that dir belongs to; nil when there is none. A directory that its
// checkout ignores does not belong to it. The repository has to be closed.
func (g *git) find(ctx context.Context, dir string) (*repository, error) {
	if g == nil {
		return nil, nil
	}
	c, err := findWorkTree(dir, g.ceilings)
	if c == nil || err != nil {
		return nil, err
	}
	r, err := g.open(ctx, c)
	if err != nil {
		return nil, err
	}
	tracked, err := r.tracks(ctx, dir)
	if err != nil || !tracked {
		r.close()
		return nil, err
	}
	return r, nil
}

// tracks reports whether dir, a directory of the checkout, belongs to it.
func (r *repository) tracks(ctx context.Context, dir string) (bool, error) {
	if dir == r.root {
		return true, nil
	}
	ignored, err := r.ask(ctx, dir, "check-ignore", "--", dir)
	if err != nil || ignored == "" {
		return true, err
	}
	files, err := r.records(ctx, dir, "ls-files", "-z")
	return len(files) > 0, err
}

// facts reads what git knows, but for the tag. A checkout without a commit has no hash and no time.
func (r *repository) facts(ctx context.Context, dir string) (f Facts, err error) {
	if f.Subdirectory, err = r.subdirectory(dir); err != nil {
		return f, err
	}
	f.Repository, f.RemoteURL = parseRemotes(r.settings)
	if f.Commit, err = r.ask(ctx, dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil || f.Commit == "" {
		return f, err
	}
	shallow, err := r.ask(ctx, dir, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return f, err
	}
	f.Shallow = shallow == "true"
	seconds, err := r.ask(ctx, dir, "log", "-1", "--no-show-signature", "--format=%ct", f.Commit, "--")
	if err != nil {
		return f, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
	if err != nil {
		return f, fmt.Errorf("the time of commit %s: %w", f.Commit, err)
	}
	f.Time = time.Unix(n, 0)
	f.Dirty, err = r.dirty(ctx, dir, maxNesting)
	return f, err
}
