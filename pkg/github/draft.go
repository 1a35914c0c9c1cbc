package github

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	api "github.com/google/go-github/v58/github"

	"github.com/pakman/build/pkg/internal/backoff"
)

// ownMark stands in the text of drafts that this program has made, and may publish.
const ownMark = "<!-- made by pakman -->"

// ours reports whether it is a draft that this program has made.
func (r *release) ours() bool { return r.draft && strings.Contains(r.body, ownMark) }

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
			found = append(found, r)
		}
		if page, err = nextPage("releases", page, response.NextPage); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b *release) int { return cmp.Compare(a.id, b.id) })
	return found, nil
}

// listTime is how long GitHub's list of releases may lack one that was made before: half a minute was seen.
const listTime = time.Minute

// untilListed does something until the list of releases shows what it is about.
func (c *Client) untilListed(ctx context.Context, do func() error) error {
	policy := backoff.Policy{Attempts: 16, First: time.Second, Longest: 5 * time.Second, MaxTotal: listTime, Sleep: c.pause}
	return policy.Do(ctx, func(int) error { return do() })
}

var errNotListed = errors.New("GitHub's list of releases does not show the new draft yet")

// settle sees to it that of several runs which made a draft at once all use the oldest: GitHub lets one tag have many. Where
// the list shows our own draft, it shows those that are older.
func (c *Client) settle(ctx context.Context, o Release, own *release) (*release, bool, error) {
	chosen := own
	err := c.untilListed(ctx, func() error {
		drafts, err := c.drafts(ctx, own.tag)
		switch {
		case err != nil:
			return err
		case !slices.ContainsFunc(drafts, func(r *release) bool { return r.id == own.id }):
			return &backoff.TransientError{Err: errNotListed}
		}
		chosen = drafts[0]
		return nil
	})
	if err != nil && !errors.As(err, new(*backoff.GaveUpError)) { // merge looks again
		return own, true, err
	}
	other, err := c.published(ctx, o)
	if err != nil {
		return own, true, err
	}
	if other != nil { // since find has looked
		chosen = other
	}
	if chosen.id == own.id {
		return own, true, nil
	}
	return chosen, false, c.discardEmpty(ctx, own)
}

// discardEmpty deletes a draft, unless another run has found it meanwhile and put its assets there: merge sees to those.
func (c *Client) discardEmpty(ctx context.Context, r *release) error {
	assets, err := c.assets(ctx, r.id)
	switch {
	case statusOf(err) == http.StatusNotFound:
		return nil
	case err != nil || len(assets) > 0:
		return err
	}
	return c.discard(ctx, r)
}

// discard deletes a draft, or finds it deleted.
func (c *Client) discard(ctx context.Context, r *release) error {
	_, err := c.api.Repositories.DeleteRelease(ctx, c.owner, c.name, r.id)
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// merge deletes drafts of ours for the same tag of which r has all assets, and returns one that has others; nil: there is none.
// Where r itself is such a draft and not the oldest one, the error is a movedError. Both happen where the list of releases
// showed the oldest one late.
func (c *Client) merge(ctx context.Context, r *release) (left *release, err error) {
	drafts, err := c.drafts(ctx, r.tag)
	if err != nil {
		return nil, err
	}
	have, err := c.assets(ctx, r.id)
	if err != nil {
		return nil, err
	}
	for _, other := range drafts {
		switch {
		case !other.ours() || other.id == r.id:
			continue
		case r.draft && other.id < r.id:
			return nil, &movedError{errors.New("another draft is older")}
		}
		more, err := c.adds(ctx, have, other)
		switch {
		case err != nil:
			return nil, err
		case more:
			left = other
			continue
		}
		if err := c.discard(ctx, other); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// adds reports whether the other release has an asset that is not among those.
func (c *Client) adds(ctx context.Context, have map[string]asset, other *release) (bool, error) {
	assets, err := c.assets(ctx, other.id)
	if err != nil && statusOf(err) != http.StatusNotFound {
		return false, err
	}
	for name, a := range assets {
		if there, ok := have[name]; a.whole() && (!ok || there.Size != a.Size || there.Digest != a.Digest) {
			return true, nil
		}
	}
	return false, nil
}
