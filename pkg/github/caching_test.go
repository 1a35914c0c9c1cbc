package github

import "testing"

// What a run may do with caches: nothing for strangers' code, and save only where no other code reads it than its own.
func TestCaching(t *testing.T) {
	const nothing, restore, both = "nothing", "restore", "restore and save"
	host := Host{Server: "https://github.com"}
	branch, pull := "refs/heads/main", "refs/pull/7/merge"
	foreign := []Checkout{{Commit: "f", Repository: "acme/hello", URL: "https://github.com/acme/hello"}}
	at := func(url string, refs ...string) []Checkout { return []Checkout{{Commit: "f", URL: url, Refs: refs}} }
	const here, fork = "https://github.com/acme/hello", "https://github.com/eve/hello"
	dispatch := Event{Name: "workflow_dispatch", Ref: branch, Commit: "c", Repository: "acme/hello"}
	remote, push, own := dispatch, dispatch, dispatch
	remote.Name, push.Name, own.Name, own.PullRequest, own.Ref = "repository_dispatch", "push", "pull_request", true, pull
	for name, tc := range map[string]struct {
		event     Event
		checkouts []Checkout
		want      string
	}{
		"push":                       {Event{Name: "push", Ref: branch}, nil, both},
		"schedule":                   {Event{Name: "schedule", Ref: branch}, nil, both},
		"workflow_dispatch":          {Event{Name: "workflow_dispatch", Ref: branch}, nil, both},
		"dispatch of a pull request": {Event{Name: "workflow_dispatch", Ref: branch}, []Checkout{{Commit: "f", Refs: []string{"refs/remotes/pull/7/merge"}}}, restore},
		"tag":                        {Event{Name: "push", Ref: "refs/tags/v1", Tag: "v1"}, nil, restore},
		"release":                    {Event{Name: "release", Action: "published", Ref: "refs/tags/v1", Tag: "v1"}, nil, restore},
		"release edited":             {Event{Name: "release", Action: "edited", Tag: "v1"}, nil, nothing},
		"branch deleted":             {Event{Name: "push", Deleted: true}, nil, nothing},
		"pull request":               {Event{Name: "pull_request", PullRequest: true, Ref: pull}, nil, both},
		"pull request, merged":       {Event{Name: "pull_request", Action: "closed", PullRequest: true, Ref: branch}, nil, restore},
		"review":                     {Event{Name: "pull_request_review", PullRequest: true, Ref: pull}, nil, both},
		"fork":                       {Event{Name: "pull_request", PullRequest: true, Fork: "eve/hello", Ref: pull}, nil, nothing},
		"target":                     {Event{Name: "pull_request_target", PullRequest: true, Ref: branch}, nil, nothing},
		"target of a fork":           {Event{Name: "pull_request_target", PullRequest: true, Fork: "eve/hello", Ref: branch}, nil, nothing},
		"merge queue":                {Event{Name: "merge_group", Ref: "refs/heads/gh-readonly-queue/main/pr-7-x"}, nil, restore},
		"run of a push":              {Event{Name: "workflow_run", Before: Before{Event: "push", Commit: "c"}, Ref: branch}, nil, restore},
		"run of a pull request":      {Event{Name: "workflow_run", Before: Before{Event: "pull_request", Commit: "c"}, Ref: branch}, nil, restore},
		"run of a fork":              {Event{Name: "workflow_run", Fork: "eve/hello", Before: Before{Event: "pull_request"}, Ref: branch}, nil, nothing},
		"comment":                    {Event{Name: "issue_comment", Commit: "c", Ref: branch}, []Checkout{{Commit: "c"}}, restore},
		"comment, other commit":      {Event{Name: "issue_comment", Commit: "c", Ref: branch, Repository: "acme/hello"}, foreign, nothing},

		// Who starts a run may name any commit: a fork's is also found in the repository itself, by its hash.
		"dispatch, its commit":            {dispatch, []Checkout{{Commit: "c", URL: here}}, both},
		"dispatch, its commit, no origin": {dispatch, []Checkout{{Commit: "c"}}, both},
		"dispatch, no checkout":           {dispatch, []Checkout{{}}, both},
		"dispatch, another branch":        {dispatch, at(here, "refs/remotes/origin/next"), both},
		"dispatch, a tag":                 {dispatch, at(here, "refs/tags/v1"), both},
		"dispatch, a hash":                {dispatch, at(here), restore},
		"dispatch, a local branch":        {dispatch, at(here, "refs/heads/next"), restore},
		"dispatch, another remote":        {dispatch, at(here, "refs/remotes/eve/next"), restore},
		"dispatch, no origin":             {dispatch, at("", "refs/remotes/origin/next"), restore},
		"dispatch, a pull request":        {dispatch, at(here, "refs/remotes/pull/7/merge"), restore},
		"dispatch, a fork":                {dispatch, at(fork, "refs/remotes/origin/main"), nothing},
		"dispatch, a fork's tag":          {dispatch, at(fork, "refs/tags/v1"), nothing},
		"dispatch, another host":          {dispatch, at("https://example.com/acme/hello", "refs/tags/v1"), nothing},
		"dispatch, its and a hash":        {dispatch, append(at(here), Checkout{Commit: "c", URL: here}), restore},
		"dispatch, a hash and a fork":     {dispatch, append(at(here), at(fork)...), nothing},
		"dispatch, a fork and a branch":   {dispatch, append(at(fork), at(here, "refs/remotes/origin/main")...), nothing},
		"remote dispatch, a hash":         {remote, at(here), restore},
		"remote dispatch, a fork":         {remote, at(fork, "refs/remotes/origin/main"), nothing},
		"push, a hash":                    {push, at(here), restore},
		"push, a newer commit":            {push, at(here, "refs/remotes/origin/main"), both},
		"pull request, its head":          {own, at(here), both}, // only this pull request finds what it saves
		"pull request, a fork":            {own, at(fork), nothing},
	} {
		got := tc.event.Caching(host, tc.checkouts, tc.event.Refuse(host, tc.checkouts))
		can := map[Caching]string{{}: nothing, {Restore: true}: restore, {Restore: true, Save: true}: both}
		if can[Caching{Restore: got.Restore, Save: got.Save}] != tc.want || (got.Reason == "") != (tc.want == both) {
			t.Errorf("%s: %+v, want %s", name, got, tc.want)
		}
	}
}
