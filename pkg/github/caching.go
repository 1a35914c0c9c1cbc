package github

import (
	"fmt"
	"slices"
	"strings"
)

// Caching says what a run may do with caches that other runs of the repository use.
type Caching struct {
	Restore, Save bool
	Reason        string // why it may not do both
}

// Caching decides it from the event, from what is checked out, and from what Refuse says of both. A stranger's code gets nothing. What
// is not merged is saved only where just the same pull request finds it: GitHub keeps the caches of refs/pull/ apart. No other run finds
// those of a tag.
func (e Event) Caching(host Host, checkouts []Checkout, r Refusal) Caching {
	restore := func(reason string) Caching { return Caching{Restore: true, Reason: reason} }
	foreign, unknown := e.strange(host, checkouts)
	switch {
	case r.Final || r.Nothing:
		return Caching{Reason: r.Reason}
	case e.Name == "pull_request_target":
		return Caching{Reason: "a pull_request_target has the caches of the default branch"}
	case foreign != "":
		return Caching{Reason: foreign}
	case e.Tag != "":
		return restore("no other run finds the caches of a tag")
	case r.Reason != "" && !strings.HasPrefix(e.Ref, "refs/pull/"):
		return restore(r.Reason)
	case e.Before.Event != "":
		return restore("the run is for the commit of another one, and has the caches of the default branch")
	case !e.PullRequest && !slices.Contains(ownEvents, e.Name):
		return restore(fmt.Sprintf("anybody can start the event %s", e.Name))
	case unknown != "" && !strings.HasPrefix(e.Ref, "refs/pull/"):
		return restore(unknown)
	}
	return Caching{Restore: true, Save: true}
}

// strange says which commit that is checked out is of another repository, and which is on no branch and no tag of this one that the
// checkout knows. Whoever starts a run by hand may name a commit of a fork, which GitHub finds in the repository itself, too.
func (e Event) strange(host Host, checkouts []Checkout) (foreign, unknown string) {
	for _, c := range checkouts {
		switch {
		case c.Commit == "" || c.Commit == e.Commit:
		case c.URL != "" && !c.here(host, e.Repository):
			foreign = fmt.Sprintf("the commit %.12s, which is checked out, is of %s", c.Commit, c.URL)
		case !c.here(host, e.Repository) || !slices.ContainsFunc(c.Refs, trusted):
			unknown = fmt.Sprintf("the commit %.12s, which is checked out, is on no branch and no tag of %s that the checkout knows",
				c.Commit, e.Repository)
		}
	}
	return foreign, unknown
}
