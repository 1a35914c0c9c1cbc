package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"strconv"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/source"
)

// githubRun holds GitHub's information about the run, and the settings for what the run records on GitHub.
type githubRun struct {
	host     github.Host
	event    github.Event
	getenv   func(string) string
	token    secret.String
	reach    http.RoundTripper // nil: the usual way
	withheld string            // why nothing is published; "": publishing is allowed
	idle     bool              // and nothing is built
	asked    bool              // publish: true is written
	caching  github.Caching

	assets      string // "true", "false" or "draft"
	legs        int    // jobs of the matrix, of which none publishes the release
	replace     bool   // assets with different content
	notes       bool
	environment string // of the deployment; "": none

	since   pipeline.Since
	runners matrix.Runners
}

// githubRun reads the inputs about GitHub.
func (in *reader) githubRun() githubRun {
	h := githubRun{
		host: github.HostFrom(in.getenv), getenv: in.getenv,
		token:  secret.New(cmp.Or(in.text("github-token"), in.getenv("GITHUB_TOKEN"))),
		assets: in.text("release-assets"), replace: in.bool("overwrite"), notes: in.bool("release-notes"),
		environment: in.text("deployment"), asked: in.text("publish") != "" && in.bool("publish"),
	}
	if h.assets != "draft" {
		on, err := boolean(h.assets)
		if err != nil {
			in.check("release-assets", errors.New(config.NotOneOf(h.assets, "true", "false", "draft")))
		}
		h.assets = strconv.FormatBool(on)
	}
	h.legs = in.count("matrix-jobs")
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

// wanted reports whether the run changes a release.
func (h githubRun) wanted() bool { return h.event.Tag != "" && (h.assets != "false" || h.notes) }

// withhold disables publishing where the event, or the commit that is checked out, must not publish, and for pull requests
// without secrets, such as the ones that bots open.
func (s *settings) withhold(ctx context.Context) error {
	if s.reads() {
		return nil
	}
	h := &s.github
	var checkouts []github.Checkout
	for _, dir := range s.checkouts() {
		head, err := source.ReadHead(ctx, dir, h.getenv)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a later stage names the directory that is missing
			return err
		}
		checkouts = append(checkouts, github.Checkout(head))
	}
	refusal := h.event.Refuse(h.host, checkouts)
	h.caching = h.event.Caching(h.host, checkouts, refusal)
	keyless := h.event.PullRequest && !s.build.Key.Given()
	switch {
	case refusal.Reason == "" && !keyless, h.asked && !refusal.Final && !keyless:
		return nil
	case keyless && !refusal.Final:
		refusal.Reason = "this is a pull request, and there is no signing-key"
	case !refusal.Final:
		refusal.Reason += " (`publish: true` publishes anyway)"
	}
	h.withheld, h.idle = refusal.Reason, refusal.Nothing
	s.build.Key, s.build.Bucket.URL, s.deploy.Kind = signing.Key{}, "", "none"
	h.assets, h.notes, h.environment = "false", false, ""
	return nil
}

// checkouts returns the directories of the applications.
func (s *settings) checkouts() []string {
	switch {
	case len(s.build.Dirs) > 0:
		return s.build.Dirs
	case s.build.Config != "":
		return []string{filepath.Dir(s.build.Config)}
	}
	return []string{"."}
}

// client returns a client of the host's API.
func (h githubRun) client() (*github.Client, error) {
	return github.New(github.Options{Host: h.host, Repository: h.getenv("GITHUB_REPOSITORY"), Token: h.token, Transport: h.reach})
}

// recorded runs work and records it as a GitHub deployment, if the input deployment is set and packages are published or deployed.
func (s *settings) recorded(ctx context.Context, console *console, work func() (*report.Report, error)) (*report.Report, error) {
	h := s.github
	switch {
	case h.environment == "":
		return work()
	case s.build.Bucket.URL == "" && s.command != "deploy" && (s.deploy.Kind == "" || s.deploy.Kind == "none"):
		console.Info("nothing is published or deployed, so no deployment to %s is recorded", h.environment)
		return work()
	case h.host.Forge():
		console.Info("%s has no deployments: the input deployment is ignored", h.host.Name)
		return work()
	}
	client, err := h.client()
	if err != nil {
		return nil, err
	}
	run := h.getenv("GITHUB_RUN_ID")
	deployment, err := client.Deploy(ctx, github.DeploymentOptions{
		Commit: h.getenv("GITHUB_SHA"), Environment: h.environment,
		Run:      run + "/" + h.getenv("GITHUB_JOB") + "/" + s.build.Arch + "/" + fmt.Sprint(s.build.Dirs),
		Together: h.legs > 1,
		Log:      h.host.Server + "/" + h.getenv("GITHUB_REPOSITORY") + "/actions/runs/" + run,
	})
	if err != nil {
		return nil, err
	}
	rep, err := work()
	address := ""
	switch {
	case rep == nil:
	case s.build.Bucket.URL != "":
		address = rep.RepositoryURL
	case rep.Deployment != nil:
		address = rep.Deployment.Host
	}
	if failed := deployment.Finish(ctx, err == nil, address); failed != nil {
		if err == nil {
			return rep, failed
		}
		console.Info("%v", failed)
	}
	return rep, err
}
