package github

import (
	"fmt"
	"slices"
	"strings"
)

// Checkout is what is known of the commit from which the packages are made.
type Checkout struct {
	Commit     string   // full hash; empty: unknown
	Repository string   // OWNER/NAME of its remote origin
	URL        string   // its address, https://HOST/OWNER/NAME
	Dirty      bool     // files differ from the commit
	Refs       []string // tags and remote branches that contain the commit
}

// Refusal says why a run must not publish. The zero value: it may.
type Refusal struct {
	Reason string
	// Final reports whether it stays so when the user asks for the publication.
	Final bool
	// Nothing reports whether there is nothing to build either.
	Nothing bool
}

// ownEvents are those that only somebody who can write to the repository starts, or a clock. All others may be started by
// strangers, or for commits of theirs.
var ownEvents = []string{"", "push", "create", "schedule", "workflow_dispatch", "repository_dispatch", "release"}

// Refuse decides whether what the event started may publish, from the event and the commits that are checked out.
func (e Event) Refuse(host Host, checkouts []Checkout) Refusal {
	switch {
	case e.Name == "release":
		if r := e.refuseRelease(); r.Reason != "" {
			return r
		}
	case e.Name == "delete" || e.Deleted:
		return Refusal{Reason: "a branch or a tag was deleted", Final: true, Nothing: true}
	case e.Fork != "" && e.PullRequest:
		return Refusal{Reason: "this is a pull request from " + e.Fork, Final: true}
	case e.Fork != "":
		return Refusal{Reason: "the run that started this one was for a commit from " + e.Fork, Final: true}
	case e.PullRequest:
		return Refusal{Reason: "this is a pull request"}
	case e.Name == "merge_group":
		return Refusal{Reason: "this is a merge queue, whose commit is not merged yet"}
	}
	if strings.HasPrefix(e.Before.Event, "pull_request") || e.Before.Event == "merge_group" {
		return Refusal{Reason: "the run that started this one was for a " + strings.ReplaceAll(e.Before.Event, "_", " ")}
	}
	own := slices.Contains(ownEvents, e.Name)
	for _, c := range checkouts {
		switch {
		case own && !c.pull():
			continue
		case own:
			return Refusal{Reason: fmt.Sprintf("the commit %.12s, which is checked out, is that of a pull request", c.Commit)}
		}
		if r := e.refuseCommit(host, c); r.Reason != "" {
			return r
		}
	}
	return Refusal{}
}

// refuseCommit decides on a run that a stranger may have started: what is checked out has to be a commit of the repository.
func (e Event) refuseCommit(host Host, c Checkout) Refusal {
	switch {
	case c.Commit == "":
		// Without a checkout, packages come from the run before this one.
		if e.Before.Event != "" && slices.Contains(ownEvents, e.Before.Event) {
			return Refusal{}
		}
		return Refusal{Reason: "anybody can start the event " + e.Name + ", and there is no checkout that shows the commit", Final: true}
	case c.Dirty:
		return Refusal{Reason: "anybody can start the event " + e.Name + ", and the checkout has uncommitted changes", Final: true}
	case c.Commit == e.Commit && (strings.HasPrefix(e.Ref, "refs/heads/") || strings.HasPrefix(e.Ref, "refs/tags/")),
		c.Commit == e.Before.Commit, // of this repository, or Fork would say so
		c.here(host, e.Repository) && slices.ContainsFunc(c.Refs, trusted):
		return Refusal{}
	}
	return Refusal{
		Reason: fmt.Sprintf("anybody can start the event %s, and the commit %.12s, which is checked out, is on no branch and no tag "+
			"of %s that the checkout knows", e.Name, c.Commit, e.Repository), Final: true}
}

// here reports whether the checkout's origin is the repository itself and no fork of it.
func (c Checkout) here(host Host, repository string) bool {
	return repository != "" && strings.EqualFold(c.URL, host.Server+"/"+repository)
}

// pull reports whether the checkout knows its commit as a pull request's, and not as one of a branch or a tag.
func (c Checkout) pull() bool {
	return slices.ContainsFunc(c.Refs, ofPull) && !slices.ContainsFunc(c.Refs, trusted)
}

// trusted reports whether only those who can write to the repository of origin make such a reference.
func trusted(ref string) bool {
	return !ofPull(ref) && (strings.HasPrefix(ref, "refs/remotes/origin/") || strings.HasPrefix(ref, "refs/tags/"))
}

// ofPull reports whether a reference is where pull requests are fetched to: by actions/checkout to refs/remotes/pull/7/merge,
// by habit to refs/remotes/origin/pr/7.
func ofPull(ref string) bool {
	rest, ok := strings.CutPrefix(ref, "refs/remotes/")
	rest = strings.TrimPrefix(rest, "origin/")
	first, _, nested := strings.Cut(rest, "/")
	return ok && nested && slices.Contains([]string{"pull", "pulls", "pr", "prs"}, first)
}

// refuseRelease lets one of the events act that a click on GitHub's page of a release starts. `published` comes with all of
// them; a workflow that it does not start has another one.
func (e Event) refuseRelease() Refusal {
	acts := []string{"published"}
	for _, kinds := range [][]string{{"published"}, {"released", "prereleased"}, {"created"}} {
		listed := slices.DeleteFunc(kinds, func(kind string) bool { return !slices.Contains(e.Types, kind) })
		if len(listed) > 0 {
			acts = listed
			break
		}
	}
	switch {
	case e.Action == "" || slices.Contains(acts, e.Action):
		return Refusal{}
	case slices.Contains([]string{"created", "released", "prereleased"}, e.Action):
		return Refusal{Reason: fmt.Sprintf("the release event `%s` comes with `%s`, which publishes; `on: release: types: [published]` "+
			"starts one run", e.Action, acts[0]), Final: e.Types != nil, Nothing: true}
	}
	return Refusal{Reason: "the release was " + e.Action, Final: true, Nothing: true}
}
