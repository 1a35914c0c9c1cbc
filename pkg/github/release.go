package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	api "github.com/google/go-github/v58/github"

	"github.com/pakman/build/pkg/internal/visible"
)

// scope is the permission that releases take.
const scope = "contents"

// Release says which release is meant, and how it is made where there is none.
type Release struct {
	Tag string
	ID  int64 // the release itself, where an event has named it; else 0
	// Draft leaves a release that this program has made a draft, for others to fill and to publish. A draft that somebody else
	// has made stays one anyway.
	Draft      bool
	Prerelease bool   // what a new release becomes
	Replace    bool   // replace assets of the same name that have different content
	Notes      []Note // what its text is to hold, see Note
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

// Publish makes the files assets of the release. A release that is not there is made as a draft, filled, and published at the
// end: nobody sees it without its assets, and where published releases are immutable it could get none later. What is there
// with the same bytes is left alone, so that a second run changes nothing. A release event's run is one more leg of the same
// work: several may do this at once, with different files.
func (c *Client) Publish(ctx context.Context, o Release, files []File) (*Released, error) {
	if err := distinct(files); err != nil {
		return nil, c.explain(err, "release "+o.Tag, scope)
	}
	for n := 1; ; n++ {
		done, err := c.fill(ctx, o, files, n > 1)
		if !errors.As(err, new(*movedError)) || n == attempts {
			return done, err
		}
	}
}

// movedError means that another run has merged the draft with an older one, or has published it.
type movedError struct{ error }

func (e *movedError) Unwrap() error { return e.error }

// fill finds or makes the release, puts into it what it lacks, and publishes it if it is our own draft. moved says that an
// earlier call has put files into a draft that may be left over.
func (c *Client) fill(ctx context.Context, o Release, files []File, moved bool) (*Released, error) {
	r, created, err := c.release(ctx, o)
	if err != nil {
		return nil, c.explain(err, "release "+o.Tag, scope)
	}
	done := &Released{URL: r.page, Draft: r.draft, Created: created}
	explain := func(err error, what string) error {
		explained := c.explain(err, what+"release "+o.Tag, scope)
		if err != nil && r.draft && statusOf(err) == http.StatusNotFound {
			return &movedError{explained}
		}
		return explained
	}
	assets, err := c.assets(ctx, r.id)
	if err != nil {
		return done, explain(err, "")
	}
	names := map[string]string{}
	for _, f := range files {
		if f.Make != nil {
			f = f.With(f.Make(func(asked string) string { return names[asked] }))
		}
		if names[f.Name], err = c.put(ctx, r, f, assets, o.Replace, done); err != nil {
			return done, explain(err, "asset "+f.Name+" of ")
		}
	}
	if err := c.note(ctx, r, o.Notes); err != nil {
		return done, explain(err, "the text of ")
	}
	if r.ours() || moved {
		_, err = c.merge(ctx, r)
	}
	if err == nil && r.ours() && !o.Draft {
		err = c.publish(ctx, r)
	}
	done.URL, done.Draft = r.page, r.draft
	return done, explain(err, "")
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
	if err == nil && created {
		return c.settle(ctx, o, r)
	}
	return r, created, err
}

// find returns the release, nil where there is none. Drafts have no tag yet, only the name of one, and are found in the
// list alone.
func (c *Client) find(ctx context.Context, o Release) (*release, error) {
	r, err := c.published(ctx, o)
	if err != nil || r != nil {
		return r, err
	}
	drafts, err := c.drafts(ctx, o.Tag)
	if err != nil || len(drafts) == 0 {
		return nil, err
	}
	// The oldest draft may have been published in between: what the list shows then is one that its maker is about to delete.
	if r, err = c.published(ctx, o); err != nil || r != nil {
		return r, err
	}
	return drafts[0], nil
}

// published returns the release that an event or its tag names, nil where there is none.
func (c *Client) published(ctx context.Context, o Release) (*release, error) {
	var found *api.RepositoryRelease
	var err error
	if o.ID != 0 {
		found, _, err = c.api.Repositories.GetRelease(ctx, c.owner, c.name, o.ID)
	} else {
		found, _, err = c.api.Repositories.GetReleaseByTag(ctx, c.owner, c.name, url.PathEscape(o.Tag))
	}
	switch {
	case statusOf(err) == http.StatusNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return newRelease(found)
}

// create makes the release, as a draft.
func (c *Client) create(ctx context.Context, o Release) (*release, error) {
	draft, body := true, ownMark+"\n"
	made, _, err := c.api.Repositories.CreateRelease(ctx, c.owner, c.name, &api.RepositoryRelease{
		TagName: &o.Tag, Name: &o.Tag, Body: &body, Draft: &draft, Prerelease: &o.Prerelease,
	})
	if err != nil {
		return nil, err
	}
	return newRelease(made)
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
