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

// Caching decides it from the event and from what Refuse says of it. A stranger's code gets nothing. What is not merged is saved only
// where just the same pull request finds it: GitHub keeps the caches of refs/pull/ apart. No other run finds those of a tag.
func (e Event) Caching(r Refusal) Caching {
	restore := func(reason string) Caching { return Caching{Restore: true, Reason: reason} }
	switch {
	case r.Final || r.Nothing:
		return Caching{Reason: r.Reason}
	case e.Name == "pull_request_target":
		return Caching{Reason: "a pull_request_target has the caches of the default branch"}
	case e.Tag != "":
		return restore("no other run finds the caches of a tag")
	case r.Reason != "" && !strings.HasPrefix(e.Ref, "refs/pull/"):
		return restore(r.Reason)
	case e.Before.Event != "":
		return restore("the run is for the commit of another one, and has the caches of the default branch")
	case !e.PullRequest && !slices.Contains(ownEvents, e.Name):
		return restore(fmt.Sprintf("anybody can start the event %s", e.Name))
	}
	return Caching{Restore: true, Save: true}
}
