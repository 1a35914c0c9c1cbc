package source

import (
	"context"
	"strings"
)

// Head is the commit that is checked out, and what the checkout knows of its origin.
type Head struct {
	Commit     string   // full hash; empty outside git
	Repository string   // owner/name of the remote origin
	URL        string   // its address, https://host/owner/name
	Dirty      bool     // tracked files differ from the commit
	Refs       []string // tags and remote branches that contain the commit: refs/tags/v1, refs/remotes/origin/main
}

// ReadHead reads the commit that is checked out in dir. Only git's own record counts, nothing of the environment.
func ReadHead(ctx context.Context, dir string, getenv func(string) string) (Head, error) {
	dir, err := resolve(dir)
	if err != nil {
		return Head{}, err
	}
	g, err := findGit(ctx, getenv)
	if err != nil {
		return Head{}, err
	}
	r, err := g.find(ctx, dir)
	if r == nil || err != nil {
		return Head{}, err
	}
	defer r.close()
	h := Head{}
	h.Repository, h.URL = parseRemotes(r.settings)
	if h.Commit, err = r.ask(ctx, dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil || h.Commit == "" {
		return h, err
	}
	out, err := r.run(ctx, dir, "for-each-ref", "--contains="+h.Commit, "--format=%(refname)", "refs/tags", "refs/remotes")
	if err != nil {
		return h, err
	}
	h.Refs = strings.Fields(out)
	h.Dirty, err = r.dirty(ctx, r.root, maxNesting)
	return h, err
}
