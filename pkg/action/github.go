package action

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
)

// githubRun holds what GitHub reports about the run, and what the run records there.
type githubRun struct {
	host     github.Host
	event    github.Event
	getenv   func(string) string
	token    secret.String
	withheld string // why nothing is published; empty: it may be

	assets      string // "true", "false" or "draft"
	replace     bool   // assets that have other bytes
	notes       bool
	environment string // of a deployment; empty: none

	since   pipeline.Since
	runners matrix.Runners
}

// githubRun reads the inputs about GitHub.
func (in *reader) githubRun() githubRun {
	h := githubRun{
		host: github.HostFrom(in.getenv), getenv: in.getenv,
		token:  secret.New(cmp.Or(in.text("github-token"), in.getenv("GITHUB_TOKEN"))),
		assets: in.text("release-assets"), replace: in.bool("overwrite"), notes: in.bool("release-notes"),
		environment: in.text("deployment"),
	}
	if h.assets != "draft" {
		on, err := boolean(h.assets)
		if err != nil {
			in.check("release-assets", fmt.Errorf("%q is not one of true, false, draft", h.assets))
		}
		h.assets = strconv.FormatBool(on)
	}
	var err error
	h.runners, err = matrix.ParseRunners(in.lines("runners"))
	in.check("runners", err)
	if h.event, err = github.ReadEvent(in.getenv); err != nil {
		in.errs = append(in.errs, err)
	}
	switch base := in.text("base"); base {
	case "all":
	case "":
		h.since = pipeline.Since{Revision: h.event.Base, Event: true, Exact: h.event.Rewritten}
	default:
		h.since = pipeline.Since{Revision: base}
	}
	return h
}

// wanted tells that the run is to change a release.
func (h githubRun) wanted() bool { return h.event.Tag != "" && (h.assets != "false" || h.notes) }

// withhold takes from a pull request's run what would publish: all of it from one out of a fork, whose code is nobody's
// of this repository, whatever secrets it was given; and from one that was given none, as those of bots are.
func (s *settings) withhold() {
	switch {
	case s.github.event.Fork != "":
		s.github.withheld = "this is a pull request from " + s.github.event.Fork
	case s.github.event.PullRequest && s.key.PEM.Empty() && len(s.key.Files) == 0:
		s.github.withheld = "this is a pull request, and there is no signing-key"
	default:
		return
	}
	s.key, s.bucket.URL, s.deploy.Kind = signing.Key{}, "", "none"
	s.github.assets, s.github.notes, s.github.environment = "false", false, ""
}

// client speaks to the host.
func (h githubRun) client() (*github.Client, error) {
	return github.New(github.Options{Host: h.host, Repository: h.getenv("GITHUB_REPOSITORY"), Token: h.token})
}

// recorded does the work as a deployment of GitHub's, where that is asked for and something is published.
func (s *settings) recorded(ctx context.Context, console *console, work func() (*report.Report, error)) (*report.Report, error) {
	h := s.github
	switch {
	case h.environment == "" || s.bucket.URL == "":
		return work()
	case h.host.Forge():
		console.Info("%s has no deployments: the input deployment is left out", h.host.Name)
		return work()
	}
	client, err := h.client()
	if err != nil {
		return nil, err
	}
	run := h.getenv("GITHUB_RUN_ID")
	deployment, err := client.Deploy(ctx, github.DeploymentOptions{
		Commit: h.getenv("GITHUB_SHA"), Environment: h.environment,
		Run: run + "/" + h.getenv("GITHUB_JOB") + "/" + s.arch + "/" + fmt.Sprint(s.dirs),
		Log: h.host.Server + "/" + h.getenv("GITHUB_REPOSITORY") + "/actions/runs/" + run,
	})
	if err != nil {
		return nil, err
	}
	rep, err := work()
	address := ""
	if rep != nil {
		address = rep.RepositoryURL
	}
	if failed := deployment.Finish(ctx, err == nil, address); failed != nil {
		if err == nil {
			return rep, failed
		}
		console.Info("%v", failed)
	}
	return rep, err
}
