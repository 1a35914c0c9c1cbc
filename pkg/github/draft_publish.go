package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	api "github.com/google/go-github/v58/github"

	"github.com/pakman/build/pkg/internal/backoff"
)

// publish makes the draft a release. "legacy" leaves the mark "Latest" with the highest version, where a backport would take it.
func (c *Client) publish(ctx context.Context, r *release) error {
	no, latest := false, "legacy"
	request := &api.RepositoryRelease{Draft: &no}
	if !c.host.Forge() {
		request.MakeLatest = &latest
	}
	return c.again(ctx, func() error {
		edited, _, err := c.api.Repositories.EditRelease(ctx, c.owner, c.name, r.id, request)
		if statusOf(err) == http.StatusUnprocessableEntity {
			// It may be published already, by a request whose answer was lost, or by another run.
			now, _, failed := c.api.Repositories.GetRelease(ctx, c.owner, c.name, r.id)
			switch {
			case failed == nil && !now.GetDraft():
				edited, err = now, nil
			case exists(err):
				return &movedError{err}
			}
		}
		if err != nil {
			return err
		}
		now, err := newRelease(edited)
		if err == nil {
			r.page, r.draft = now.page, now.draft
		}
		return err
	})
}

// PublishDraft publishes the draft that several runs have filled; where it is published, nothing is to do.
func (c *Client) PublishDraft(ctx context.Context, tag string) (*Released, error) {
	var done *Released
	err := c.untilListed(ctx, func() (err error) {
		done, err = c.publishDraft(ctx, tag)
		if errors.As(err, new(*movedError)) {
			return &backoff.TransientError{Err: err}
		}
		return err
	})
	return done, c.explain(err, "release "+tag, scope)
}

// publishDraft publishes the draft if the list of releases shows it. It refuses one that lacks an asset of another.
func (c *Client) publishDraft(ctx context.Context, tag string) (*Released, error) {
	r, err := c.find(ctx, Release{Tag: tag})
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, &backoff.TransientError{Err: &refusedError{text: "there is no draft: the jobs before this one make it with " +
			"`release-assets: draft`"}}
	case !r.draft:
		return &Released{URL: r.page}, nil
	case !r.ours():
		return nil, &refusedError{text: r.page + " is a draft that somebody else has made: publish it there, or delete it"}
	}
	left, err := c.merge(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case left != nil:
		return nil, &refusedError{text: fmt.Sprintf("two drafts hold different assets: %s and %s: delete them, and run the jobs again "+
			"that fill the release", r.page, left.page)}
	}
	err = c.publish(ctx, r)
	return &Released{URL: r.page, Draft: r.draft}, err
}
