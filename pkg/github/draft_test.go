package github

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pakman/build/pkg/github/githubtest"
)

// Where releases do not change after they are published, a release has its assets when it is. A second run finds them.
func TestImmutableReleases(t *testing.T) {
	s := githubtest.Start(t)
	s.Immutable()
	c, _ := client(t, s)
	o := Release{Tag: "v1.2.3", Notes: []Note{{"hello", "text"}}}
	files := []File{file(t, "a", "a", false), file(t, "b", "b", true)}
	done, err := c.Publish(t.Context(), o, files)
	if err != nil || !done.Created || done.Draft || len(done.Uploaded) != 2 || strings.Contains(done.URL, "untagged") {
		t.Fatalf("%+v, %v", done, err)
	}
	if r := s.Releases()[0]; r.Draft || !r.Immutable || len(r.Assets) != 2 || r.MakeLatest != "legacy" ||
		!strings.Contains(r.Body, "text") {
		t.Errorf("%+v", r)
	}
	if done, err = c.Publish(t.Context(), o, files); err != nil || len(done.Kept) != 2 {
		t.Errorf("again: %+v, %v", done, err)
	}
	files[0] = file(t, "a", "A", false)
	o.Replace = true
	if _, err := c.Publish(t.Context(), o, files); err == nil || !strings.Contains(err.Error(), "push a tag of another version") {
		t.Errorf("%v", err)
	}
	if all := s.Releases(); len(all) != 1 {
		t.Errorf("%d releases", len(all))
	}
}

// The tag of an immutable release that was deleted is used up, which no setting changes.
func TestBurntTag(t *testing.T) {
	s := githubtest.Start(t)
	s.Immutable("v1.2.3")
	c, pauses := client(t, s)
	_, err := c.Publish(t.Context(), Release{Tag: "v1.2.3"}, []File{file(t, "a", "a", false)})
	if err == nil || !strings.Contains(err.Error(), "gives the tag to no other") || strings.Contains(err.Error(), "release-assets") ||
		len(*pauses) > 0 {
		t.Errorf("%v, waited %v", err, *pauses)
	}
}

// Jobs of a matrix fill one draft, however late GitHub's list shows it, and one job after them publishes it with all assets.
func TestLegsFillOneDraft(t *testing.T) {
	for _, lag := range []time.Duration{0, 2 * time.Second, 30 * time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			s := githubtest.Start(t)
			s.Immutable()
			s.Lag(lag)
			var group sync.WaitGroup
			for i := range 3 {
				c, _ := client(t, s)
				f := file(t, fmt.Sprintf("asset-%d", i), "x", false)
				group.Go(func() {
					if done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0", Draft: true}, []File{f}); err != nil || !done.Draft {
						t.Errorf("%+v, %v", done, err)
					}
				})
			}
			group.Wait()
			if all := s.Releases(); len(all) != 1 || len(all[0].Assets) != 3 || !all[0].Draft {
				t.Fatalf("%d releases, the first with %d assets", len(all), len(all[0].Assets))
			}
			c, _ := client(t, s)
			for range 2 {
				if done, err := c.PublishDraft(t.Context(), "v1.0.0"); err != nil || done.Draft {
					t.Fatalf("%+v, %v", done, err)
				}
			}
			if r := s.Releases()[0]; r.Draft || len(r.Assets) != 3 || r.MakeLatest != "legacy" {
				t.Errorf("%+v", r)
			}
		})
	}
}

// An older draft that the list shows when another one is full takes its assets.
func TestLateDraft(t *testing.T) {
	s := githubtest.Start(t)
	old := s.AddRelease(githubtest.Release{Tag: "v1.0.0", Draft: true, Body: ownMark, Late: 10 * time.Second})
	s.Fail(githubtest.Fault{Method: "POST", Path: `/releases/\d+/assets`, Times: 1, Status: 429, Header: map[string]string{"Retry-After": "20"}})
	c, _ := client(t, s)
	done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0", Draft: true}, []File{file(t, "a", "a", false)})
	if all := s.Releases(); err != nil || len(all) != 1 || old.Asset("a") == nil || done.Created {
		t.Errorf("%d releases, the oldest with %d assets: %+v, %v", len(all), len(old.Assets), done, err)
	}
}

// A draft that is not the oldest one is kept while it has assets of a run that has found it first.
func TestDraftWithAssetsOfOthers(t *testing.T) {
	s := githubtest.Start(t)
	s.Lag(2 * time.Second)
	old := s.AddRelease(githubtest.Release{Tag: "v1.0.0", Draft: true, Body: ownMark})
	c, _ := client(t, s)
	pause := c.pause
	c.pause = func(ctx context.Context, d time.Duration) error {
		if made := s.Releases()[0]; made != old && made.Asset("theirs") == nil {
			other, _ := client(t, s)
			r := &release{id: made.ID, uploadURL: fmt.Sprintf("%s/repos/acme/hello/releases/%d/assets", s.Uploads, made.ID)}
			if _, err := other.upload(ctx, r, file(t, "theirs", "x", false)); err != nil {
				t.Error(err)
			}
		}
		return pause(ctx, d)
	}
	done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0", Draft: true}, []File{file(t, "a", "a", false)})
	if all := s.Releases(); err != nil || done.Created || len(all) != 2 || old.Asset("a") == nil || all[0].Asset("theirs") == nil {
		t.Errorf("%d releases: %+v, %v", len(all), done, err)
	}
}

// Another run's release of the same tag takes the assets, and no draft is left over.
func TestPublishedMeanwhile(t *testing.T) {
	s := githubtest.Start(t)
	old := s.AddRelease(githubtest.Release{Tag: "v1.0.0"})
	s.Fail(githubtest.Fault{Method: "GET", Path: "/releases/tags/.*", Times: 2, Status: 404, Body: `{"message":"Not Found"}`})
	c, _ := client(t, s)
	done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0"}, []File{file(t, "a", "a", false)})
	if all := s.Releases(); err != nil || len(all) != 1 || old.Asset("a") == nil || done.Draft {
		t.Errorf("%d releases, the first with %d assets: %+v, %v", len(all), len(old.Assets), done, err)
	}
}

// The oldest draft is published after its tag was asked for and before the list was: what the list shows then is the draft of a run
// that is about to delete it, and gets nothing.
func TestPublishedBeforeTheList(t *testing.T) {
	s := githubtest.Start(t)
	old := s.AddRelease(githubtest.Release{Tag: "v1.0.0"})
	s.AddRelease(githubtest.Release{Tag: "v1.0.0", Draft: true, Body: ownMark})
	s.Fail(githubtest.Fault{Method: "GET", Path: "/releases/tags/.*", Times: 1, Status: 404, Body: `{"message":"Not Found"}`})
	c, _ := client(t, s)
	done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0"}, []File{file(t, "a", "a", false)})
	uploads := slices.DeleteFunc(s.Requests(), func(r string) bool { return !strings.HasPrefix(r, "POST ") })
	if err != nil || done.Draft || old.Asset("a") == nil || len(uploads) != 1 {
		t.Errorf("%+v, %v, %v", done, err, uploads)
	}
}

// A publication whose answer is lost counts.
func TestPublishedWithoutAnswer(t *testing.T) {
	s := githubtest.Start(t)
	s.Immutable()
	s.Fail(githubtest.Fault{Method: "PATCH", Path: ".*", Times: 1, Status: 502, Done: true})
	s.Fail(githubtest.Fault{Method: "PATCH", Path: ".*", Times: 1, Status: 422,
		Body: `{"message":"Validation Failed","errors":[{"resource":"Release","code":"custom","message":"release is immutable"}]}`})
	c, _ := client(t, s)
	if done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0"}, []File{file(t, "a", "a", false)}); err != nil || done.Draft {
		t.Errorf("%+v, %v", done, err)
	}
}

// An older draft that the list shows only after the newer one was found is the one that is published.
func TestPublishDraftFindsOlder(t *testing.T) {
	s := githubtest.Start(t)
	for id := range int64(2) {
		s.AddRelease(githubtest.Release{ID: 7 + id, Tag: "v1", Draft: true, Body: ownMark,
			Assets: []*githubtest.Asset{{ID: 17 + id, Name: "a", State: "uploaded"}}})
	}
	s.Fail(githubtest.Fault{Method: "GET", Path: "/releases", Times: 1, Status: 200,
		Body: `[{"id":8,"tag_name":"v1","draft":true,"body":"` + ownMark + `"}]`})
	c, _ := client(t, s)
	done, err := c.PublishDraft(t.Context(), "v1")
	if all := s.Releases(); err != nil || done.Draft || len(all) != 1 || all[0].ID != 7 || all[0].Draft {
		t.Errorf("%d releases: %+v, %v", len(all), done, err)
	}
}

// What may not be published is told with what to do.
func TestPublishDraftRefuses(t *testing.T) {
	mine := func(asset string) githubtest.Release {
		return githubtest.Release{Tag: "v1", Draft: true, Body: ownMark,
			Assets: []*githubtest.Asset{{ID: int64(asset[0]), Name: asset, State: "uploaded"}}}
	}
	for want, drafts := range map[string][]githubtest.Release{
		"there is no draft: the jobs before this one make it with `release-assets: draft`": nil,
		"is a draft that somebody else has made":                                           {{Tag: "v1", Draft: true}},
		"two drafts hold different assets":                                                 {mine("a"), mine("b")},
	} {
		s := githubtest.Start(t)
		for _, r := range drafts {
			s.AddRelease(r)
		}
		c, _ := client(t, s)
		_, err := c.PublishDraft(t.Context(), "v1")
		published := slices.ContainsFunc(s.Releases(), func(r *githubtest.Release) bool { return !r.Draft })
		if err == nil || !strings.Contains(err.Error(), want) || published || len(s.Releases()) != len(drafts) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
