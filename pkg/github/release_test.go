package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/github/githubtest"
	"github.com/pakman/build/pkg/secret"
)

// client speaks to the server, and waits on no clock: pauses gives what it would have waited.
func client(t *testing.T, s *githubtest.Server) (c *Client, pauses *[]time.Duration) {
	t.Helper()
	vars := s.Environment()
	pauses = &[]time.Duration{}
	var lock sync.Mutex
	c, err := New(Options{
		Host: HostFrom(func(k string) string {
			return vars[k]
		}), Repository: vars["GITHUB_REPOSITORY"], Token: secret.New(githubtest.Token),
		Pause: func(ctx context.Context, d time.Duration) error {
			lock.Lock()
			defer lock.Unlock()
			*pauses = append(*pauses, d)
			s.Pass(d)
			return ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, pauses
}

// file is an asset of that content, from a file where onDisk.
func file(t *testing.T, name, content string, onDisk bool) File {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	f := File{Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	if !onDisk {
		f.Content = []byte(content)
		return f
	}
	f.Path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(f.Path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func servers(t *testing.T, test func(*testing.T, *githubtest.Server)) {
	t.Helper()
	t.Run("GitHub", func(t *testing.T) { test(t, githubtest.Start(t)) })
	t.Run("older Enterprise Server", func(t *testing.T) {
		s := githubtest.Start(t)
		s.WithoutDigests()
		test(t, s)
	})
	t.Run("forge", func(t *testing.T) { test(t, githubtest.StartForge(t)) })
}

// A release is made with its assets; a second run finds all of it, a third replaces what it is asked to.
func TestPublish(t *testing.T) {
	servers(t, func(t *testing.T, s *githubtest.Server) {
		t.Helper()
		s.AddRelease(githubtest.Release{Tag: "v1.0.0"})
		s.AddRelease(githubtest.Release{Tag: "v1.1.0"})
		c, _ := client(t, s)
		o := Release{Tag: "api/v1.2.0-rc.1", Prerelease: true}
		files := []File{file(t, "hello-1.2.0-r0.x86_64.apk", "package", true), file(t, "sums.txt", "sums", false)}
		done, err := c.Publish(t.Context(), o, files)
		if err != nil || !done.Created || len(done.Uploaded) != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		made := s.Releases()[0]
		if made.Tag != o.Tag || made.Draft || !made.Prerelease || string(made.Asset("hello-1.2.0-r0.x86_64.apk").Content) != "package" ||
			string(made.Asset("sums.txt").Content) != "sums" {
			t.Errorf("%+v", made)
		}
		done, err = c.Publish(t.Context(), o, files)
		if err != nil || done.Created || len(done.Uploaded) != 0 || len(done.Kept) != 2 {
			t.Errorf("again: %+v, %v", done, err)
		}
		// one of another length, one of the same
		changed := []File{file(t, "hello-1.2.0-r0.x86_64.apk", "another package", true), file(t, "sums.txt", "SUMS", false)}
		if _, err = c.Publish(t.Context(), o, changed); err == nil ||
			!strings.Contains(err.Error(), "hello-1.2.0-r0.x86_64.apk of release api/v1.2.0-rc.1: it is there with different content") {
			t.Errorf("replaced without being asked: %v", err)
		}
		if _, err = c.Publish(t.Context(), o, changed[1:]); err == nil || string(made.Asset("sums.txt").Content) != "sums" {
			t.Errorf("replaced without being asked: %v", err)
		}
		o.Replace = true
		done, err = c.Publish(t.Context(), o, changed)
		if err != nil || len(done.Replaced) != 2 || string(made.Asset("sums.txt").Content) != "SUMS" || len(made.Assets) != 2 {
			t.Errorf("replace: %+v, %v", done, err)
		}
	})
}

// Drafts and pre-releases stay what they are, and a release event names its release itself.
func TestPublishHonoursWhatIsThere(t *testing.T) {
	s := githubtest.Start(t)
	s.Pages(2)
	draft := s.AddRelease(githubtest.Release{Tag: "v2.0.0", Draft: true})
	for i := range 3 { // the draft is on the list's second page
		s.AddRelease(githubtest.Release{Tag: fmt.Sprintf("v1.%d.0", i)})
	}
	c, _ := client(t, s)
	for _, o := range []Release{{Tag: "v2.0.0"}, {Tag: "v2.0.0", ID: draft.ID}} {
		done, err := c.Publish(t.Context(), o, []File{file(t, "a", "a", false)})
		if err != nil || done.Created || !done.Draft || !draft.Draft || draft.Asset("a") == nil {
			t.Errorf("%+v, %v", done, err)
		}
	}
	if _, err := c.Publish(t.Context(), Release{Tag: "v3.0.0", Draft: true}, nil); err != nil {
		t.Error(err)
	}
	if made := s.Releases()[0]; made.Tag != "v3.0.0" || !made.Draft {
		t.Errorf("%+v", made)
	}
}

// A repository that has another name by now is found, with all that is written to it.
func TestRenamedRepository(t *testing.T) {
	s := githubtest.Start(t)
	s.Rename()
	c, _ := client(t, s)
	files := []File{file(t, "a", "one", true), file(t, "b", "two", false)}
	for _, kept := range []int{0, 2} {
		done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0", Notes: []Note{{"hello", "text"}}}, files)
		if err != nil || done.Draft || len(done.Kept) != kept {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	all := s.Releases()
	if len(all) != 1 || all[0].Draft || string(all[0].Asset("a").Content) != "one" || !strings.Contains(all[0].Body, "text") {
		t.Errorf("%+v", all)
	}
	d, err := c.Deploy(t.Context(), DeploymentOptions{Commit: commit, Environment: "production", Run: "1"})
	if err == nil {
		err = d.Finish(t.Context(), true, "https://packages.example")
	}
	if err != nil || len(s.Deployments()) != 1 || s.Deployments()[0].State() != "success" {
		t.Errorf("%v %+v", err, s.Deployments())
	}
}

// Of many runs that make the same release at once, all put their assets into one.
func TestPublishAtOnce(t *testing.T) {
	for _, draft := range []bool{false, true} {
		t.Run(fmt.Sprintf("draft %v", draft), func(t *testing.T) {
			s := githubtest.Start(t)
			var group sync.WaitGroup
			for i := range 8 {
				c, _ := client(t, s)
				f := file(t, fmt.Sprintf("asset-%d", i), "x", false)
				group.Go(func() {
					if _, err := c.Publish(t.Context(), Release{Tag: "v1.0.0", Draft: draft}, []File{f}); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if all := s.Releases(); len(all) != 1 || len(all[0].Assets) != 8 {
				t.Errorf("%d releases, the first with %d assets", len(all), len(all[0].Assets))
			}
		})
	}
}

// More assets than one page shows are all found.
func TestManyAssets(t *testing.T) {
	s := githubtest.Start(t)
	var files []File
	for i := range assetPage + 5 {
		files = append(files, file(t, fmt.Sprintf("asset-%d", i), "x", false))
	}
	c, _ := client(t, s)
	for _, kept := range []int{0, len(files)} {
		done, err := c.Publish(t.Context(), Release{Tag: "v1.0.0"}, files)
		if err != nil || len(done.Kept) != kept {
			t.Errorf("%d kept, %v", len(done.Kept), err)
		}
	}
}

// Whatever goes wrong in passing, the outcome is the same.
func TestFaultsThatPass(t *testing.T) {
	secondary := `{"message":"You have exceeded a secondary rate limit.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`
	for name, tc := range map[string]struct {
		faults []githubtest.Fault
		wait   time.Duration // at least, at once
	}{
		"server's trouble":          {faults: []githubtest.Fault{{Method: "GET", Path: ".*", Times: 3, Status: 502}}},
		"made, but the answer lost": {faults: []githubtest.Fault{{Method: "POST", Path: "/releases", Times: 1, Status: 504, Done: true}}},
		"not made":                  {faults: []githubtest.Fault{{Method: "POST", Path: "/releases", Times: 2, Status: 500}}},
		"secondary limit": {[]githubtest.Fault{{Method: "POST", Path: ".*", Times: 2, Status: 403,
			Header: map[string]string{"Retry-After": "17"}, Body: secondary}}, 17 * time.Second},
		"without saying how long": {[]githubtest.Fault{{Method: "POST", Path: "/releases", Times: 1, Status: 403, Body: secondary}},
			time.Minute},
		"too many requests": {[]githubtest.Fault{{Method: "PATCH|GET", Path: ".*", Times: 1, Status: 429,
			Header: map[string]string{"Retry-After": "3"}}}, 0},
		"primary limit": {[]githubtest.Fault{{Method: "GET", Path: ".*", Times: 1, Status: 403,
			Body: `{"message":"API rate limit exceeded"}`,
			Header: map[string]string{"X-RateLimit-Remaining": "0",
				"X-RateLimit-Reset": fmt.Sprint(time.Now().Add(5 * time.Minute).Unix())}}}, 4 * time.Minute},
		"upload cut off": {faults: []githubtest.Fault{{Method: "POST", Path: `/releases/\d+/assets`, Times: 2, Cut: true}}},
		"upload's answer lost": {faults: []githubtest.Fault{{Method: "POST", Path: `/releases/\d+/assets`, Times: 1, Status: 502,
			Done: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.Start(t)
			for _, f := range tc.faults {
				s.Fail(f)
			}
			c, pauses := client(t, s)
			_, err := c.Publish(t.Context(), Release{Tag: "v1.0.0", Notes: []Note{{"hello", "text"}}},
				[]File{file(t, "a", "one", true), file(t, "b", "two", true)})
			if err != nil {
				t.Fatal(err)
			}
			all := s.Releases()
			if len(all) != 1 || len(all[0].Assets) != 2 || string(all[0].Asset("a").Content) != "one" ||
				all[0].Asset("a").State != "uploaded" || !strings.Contains(all[0].Body, "text") {
				t.Errorf("%+v", all[0])
			}
			if len(*pauses) == 0 && !strings.HasPrefix(name, "too many") || tc.wait > 0 && slices.Max(*pauses) < tc.wait {
				t.Errorf("waited %v, want %v at least", *pauses, tc.wait)
			}
			for _, d := range *pauses {
				if d > longestWait {
					t.Errorf("waited %v", d)
				}
			}
		})
	}
}

// What does not pass is told with what to do.
func TestRefused(t *testing.T) {
	integration := `{"message":"Resource not accessible by integration","documentation_url":"https://docs.github.com/rest/releases/releases#create-a-release"}`
	for name, tc := range map[string]struct {
		fault githubtest.Fault
		want  string
	}{
		"permission": {githubtest.Fault{Method: "POST", Path: ".*", Times: 99, Status: 403, Body: integration},
			"permissions:\n  contents: write"},
		"token": {githubtest.Fault{Method: "GET", Path: ".*", Times: 99, Status: 401, Body: `{"message":"Bad credentials"}`},
			"github-token: ${{ github.token }}"},
		"long limit": {githubtest.Fault{Method: "GET", Path: ".*", Times: 99, Status: 403, Header: map[string]string{
			"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(time.Now().Add(40 * time.Minute).Unix())}},
			"too long to wait here"},
		"endless secondary limit": {githubtest.Fault{Method: "GET", Path: ".*", Times: 99, Status: 403,
			Body: `{"message":"You have exceeded a secondary rate limit."}`}, "too long to wait here"},
		"outage":   {githubtest.Fault{Method: "GET", Path: ".*", Times: 99, Status: 503, Body: "no JSON"}, "answered 503"},
		"no JSON":  {githubtest.Fault{Method: "GET", Path: ".*", Times: 99, Status: 200, Body: "<html>"}, "does not answer as expected"},
		"no fault": {githubtest.Fault{Method: "GET", Path: ".*", Times: 99, Status: 200, Body: "{}"}, "is no release"},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.Start(t)
			s.Fail(tc.fault)
			c, pauses := client(t, s)
			_, err := c.Publish(t.Context(), Release{Tag: "v1.0.0"}, nil)
			var waited time.Duration
			for _, d := range *pauses {
				waited += d
			}
			if waited > longestWait+time.Minute {
				t.Errorf("waited %v", waited)
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), githubtest.Token) ||
				!strings.HasPrefix(err.Error(), "release v1.0.0: ") {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
	s := githubtest.Start(t)
	s.AddRelease(githubtest.Release{Tag: "v1.0.0", Immutable: true})
	c, pauses := client(t, s)
	if _, err := c.Publish(t.Context(), Release{Tag: "v1.0.0"}, []File{file(t, "a", "a", false)}); err == nil ||
		!strings.Contains(err.Error(), "push a tag of another version") || len(*pauses) > 0 {
		t.Errorf("%v, waited %v", err, *pauses)
	}
	gone := file(t, "a", "a", false)
	gone.Path = "no such file"
	if _, err := c.Publish(t.Context(), Release{Tag: "v1.0.1"}, []File{gone}); err == nil || len(*pauses) > 0 {
		t.Errorf("%v, waited %v", err, *pauses)
	}
}

// The text of a release is kept but for what stands between our own comments.
func TestNotes(t *testing.T) {
	s := githubtest.Start(t)
	r := s.AddRelease(githubtest.Release{Tag: "v1.0.0", Body: "What is new.\r\n\r\nMuch."})
	c, _ := client(t, s)
	for _, text := range []string{"old", "new", "new"} {
		if _, err := c.Publish(t.Context(), Release{Tag: "v1.0.0", Notes: []Note{{"api", text}, {"web", "web " + text}}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := "What is new.\n\nMuch.\n\n<!-- pakman api -->\nnew\n<!-- /pakman api -->\n\n<!-- pakman web -->\nweb new\n" +
		"<!-- /pakman web -->\n"
	if diff := cmp.Diff(want, r.Body); diff != "" {
		t.Error(diff)
	}
	edits := 0
	for _, request := range s.Requests() {
		if strings.HasPrefix(request, http.MethodPatch) {
			edits++
		}
	}
	if edits != 2 {
		t.Errorf("%d edits: the third run had nothing to change", edits)
	}
}
