package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	api "github.com/google/go-github/v58/github"

	"github.com/pakman/build/pkg/internal/visible"
)

// Release says which release is meant, and how it is made where there is none.
type Release struct {
	Tag string
	ID  int64 // the release itself, where an event has named it; else 0
	// Draft and Prerelease are what a new release becomes. One that is there stays what it is.
	Draft, Prerelease bool
	Replace           bool   // replace assets of the same name that have different content
	Notes             []Note // what its text is to hold, see Note
}

// Released is what Publish has done.
type Released struct {
	URL     string // of its page
	Draft   bool
	Created bool
	// Uploaded, Replaced and Kept are names of assets. Kept are those that were there with the same bytes.
	Uploaded, Replaced, Kept []string
}

// release is as much of a release as is used.
type release struct {
	id        int64
	tag       string
	draft     bool
	page      string
	uploadURL string // without the template's variables
	body      string
}

// Publish makes the files assets of the release, which it makes where there is none. What is there with the same bytes
// is left alone, so that a second run changes nothing. A release event's run is one more leg of the same work: several
// may do this at once, with different files.
func (c *Client) Publish(ctx context.Context, o Release, files []File) (*Released, error) {
	const scope = "contents"
	r, created, err := c.release(ctx, o)
	if err != nil {
		return nil, c.explain(err, "release "+o.Tag, scope)
	}
	done := &Released{URL: r.page, Draft: r.draft, Created: created}
	assets, err := c.assets(ctx, r.id)
	if err != nil {
		return done, c.explain(err, "release "+o.Tag, scope)
	}
	for _, f := range files {
		if err := c.put(ctx, r, f, assets, o.Replace, done); err != nil {
			return done, c.explain(err, "asset "+f.Name+" of release "+o.Tag, scope)
		}
	}
	return done, c.explain(c.note(ctx, r, o.Notes), "the text of release "+o.Tag, scope)
}

// release finds the release or makes it.
func (c *Client) release(ctx context.Context, o Release) (r *release, created bool, err error) {
	err = c.again(ctx, func() error {
		var err error
		if r, err = c.find(ctx, o); err != nil || r != nil {
			return err
		}
		r, err = c.create(ctx, o)
		created = err == nil
		return err
	})
	if err == nil && created && r.draft {
		return c.settle(ctx, r)
	}
	return r, created, err
}

// find returns the release, nil where there is none. Drafts have no tag yet, only the name of one, and are found in the
// list alone.
func (c *Client) find(ctx context.Context, o Release) (*release, error) {
	var found *api.RepositoryRelease
	var err error
	if o.ID != 0 {
		found, _, err = c.api.Repositories.GetRelease(ctx, c.owner, c.name, o.ID)
	} else {
		found, _, err = c.api.Repositories.GetReleaseByTag(ctx, c.owner, c.name, url.PathEscape(o.Tag))
	}
	if err == nil {
		return newRelease(found)
	}
	if statusOf(err) != http.StatusNotFound {
		return nil, err
	}
	drafts, err := c.drafts(ctx, o.Tag)
	if err != nil || len(drafts) == 0 {
		return nil, err
	}
	return drafts[0], nil
}

// drafts returns the drafts for the tag, the oldest first.
func (c *Client) drafts(ctx context.Context, tag string) ([]*release, error) {
	var found []*release
	for page := 1; page != 0; {
		all, response, err := c.api.Repositories.ListReleases(ctx, c.owner, c.name, &api.ListOptions{Page: page, PerPage: 100})
		if err != nil {
			return nil, err
		}
		for _, candidate := range all {
			if !candidate.GetDraft() || candidate.GetTagName() != tag {
				continue
			}
			r, err := newRelease(candidate)
			if err != nil {
				return nil, err
			}
			found = append([]*release{r}, found...) // the list begins with the newest
		}
		if page, err = nextPage("releases", page, response.NextPage); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// create makes the release.
func (c *Client) create(ctx context.Context, o Release) (*release, error) {
	made, _, err := c.api.Repositories.CreateRelease(ctx, c.owner, c.name, &api.RepositoryRelease{
		TagName: &o.Tag, Name: &o.Tag, Draft: &o.Draft, Prerelease: &o.Prerelease,
	})
	if err != nil {
		return nil, err
	}
	return newRelease(made)
}

// settle sees to it that of several runs which made a draft at once all use the oldest: GitHub lets one tag have many.
func (c *Client) settle(ctx context.Context, own *release) (*release, bool, error) {
	drafts, err := c.drafts(ctx, own.tag)
	if err != nil || len(drafts) == 0 || drafts[0].id >= own.id {
		return own, true, err
	}
	_, err = c.api.Repositories.DeleteRelease(ctx, c.owner, c.name, own.id)
	if statusOf(err) == http.StatusNotFound {
		err = nil
	}
	return drafts[0], false, err
}

func newRelease(r *api.RepositoryRelease) (*release, error) {
	address, _, _ := strings.Cut(r.GetUploadURL(), "{") // a template: …/assets{?name,label}
	if u, err := url.Parse(address); r.GetID() == 0 || err != nil {
		return nil, fmt.Errorf("the answer is no release: id %d, upload_url %q", r.GetID(), r.GetUploadURL())
	} else if u.Host == "" {
		address = "" // a forge that is older than upload_url
	}
	return &release{
		id: r.GetID(), tag: r.GetTagName(), draft: r.GetDraft(), page: visible.Line(r.GetHTMLURL()), uploadURL: address, body: r.GetBody(),
	}, nil
}
