package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
)

// hub is what GitHub says of the run, and what it is asked to record.
type hub struct {
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

// readHub reads the inputs that speak of GitHub.
func readHub(values map[string]string, on map[string]bool, getenv func(string) string) (hub, error) {
	h := hub{
		host: github.HostFrom(getenv), getenv: getenv, token: secret.New(cmp.Or(values["github-token"], getenv("GITHUB_TOKEN"))),
		assets: values["release-assets"], replace: on["overwrite"], notes: on["release-notes"], environment: values["deployment"],
	}
	var errAssets, errRunners error
	if h.assets != "draft" {
		var on bool
		if on, errAssets = boolean("release-assets", h.assets); errAssets != nil {
			errAssets = fmt.Errorf("input release-assets: %q is not one of true, false, draft", h.assets)
		}
		h.assets = fmt.Sprint(on)
	}
	if h.runners, errRunners = matrix.ParseRunners(lines(values["runners"])); errRunners != nil {
		errRunners = fmt.Errorf("input runners: %w", errRunners)
	}
	event, err := github.ReadEvent(getenv)
	h.event = event
	switch base := values["base"]; base {
	case "all":
	case "":
		h.since = pipeline.Since{Revision: event.Base, Event: true, Exact: event.Rewritten}
	default:
		h.since = pipeline.Since{Revision: base}
	}
	return h, errors.Join(errAssets, errRunners, err)
}

// wanted tells that the run is to change a release.
func (h hub) wanted() bool { return h.event.Tag != "" && (h.assets != "false" || h.notes) }

// withhold takes from a pull request's run what would publish: all of it from one out of a fork, whose code is nobody's
// of this repository, whatever secrets it was given; and from one that was given none, as those of bots are.
func (s *settings) withhold() {
	switch {
	case s.hub.event.Fork != "":
		s.hub.withheld = "this is a pull request from " + s.hub.event.Fork
	case s.hub.event.PullRequest && s.key.PEM.Empty() && len(s.key.Files) == 0:
		s.hub.withheld = "this is a pull request, and there is no signing-key"
	default:
		return
	}
	s.key, s.bucket.URL, s.deploy.Kind = signing.Key{}, "", "none"
	s.hub.assets, s.hub.notes, s.hub.environment = "false", false, ""
}

// client speaks to the host.
func (h hub) client() (*github.Client, error) {
	return github.New(github.Options{Host: h.host, Repository: h.getenv("GITHUB_REPOSITORY"), Token: h.token})
}

// recorded does the work as a deployment of GitHub's, where that is asked for and something is published.
func (s *settings) recorded(ctx context.Context, console *console, work func() (*report.Report, error)) (*report.Report, error) {
	h := s.hub
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
