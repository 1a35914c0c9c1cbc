package githubtest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Release is a release as it is kept.
type Release struct {
	ID                int64
	Tag, Name, Body   string
	Draft, Prerelease bool
	Immutable         bool // its assets cannot change
	MakeLatest        string
	Assets            []*Asset
	Late              time.Duration // how old it is when the list shows it first, see Lag

	born time.Duration
}

// Asset is an asset as it is kept.
type Asset struct {
	ID      int64
	Name    string
	State   string // "uploaded" or "starter"
	Content []byte
}

// Asset returns the asset of that name; nil: there is none.
func (r *Release) Asset(name string) *Asset {
	for _, a := range r.Assets {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// AddRelease puts a release there.
func (s *Server) AddRelease(r Release) *Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(r)
}

// add puts it first, as the list shows the newest first.
func (s *Server) add(r Release) *Release {
	r.ID, r.born = cmp.Or(r.ID, s.id()), s.now()
	s.releases = slices.Insert(s.releases, 0, &r)
	return &r
}

// hub are GitHub's methods.
var hub = []route{
	{"GET", `/releases/tags/([^/]+)`, (*Server).byTag},
	{"GET", `/releases/(\d+)`, (*Server).byID},
	{"GET", `/releases`, (*Server).list},
	{"POST", `/releases`, (*Server).create},
	{"PATCH", `/releases/(\d+)`, (*Server).edit},
	{"DELETE", `/releases/(\d+)`, (*Server).remove},
	{"GET", `/releases/(\d+)/assets`, (*Server).assets},
	{"POST", `/releases/(\d+)/assets`, (*Server).upload},
	{"GET", `/releases/assets/(\d+)`, (*Server).asset},
	{"DELETE", `/releases/assets/(\d+)`, (*Server).drop},
	{"GET", `/deployments`, (*Server).listDeployments},
	{"POST", `/deployments`, (*Server).deploy},
	{"POST", `/deployments/(\d+)/statuses`, (*Server).status},
}

// shape returns a release as api.github.com shows it.
func (s *Server) shape(r *Release) map[string]any {
	page := "https://github.example/acme/hello/releases/tag/" + url.PathEscape(r.Tag)
	if r.Draft {
		page = fmt.Sprintf("https://github.example/acme/hello/releases/tag/untagged-%d", r.ID)
	}
	self := fmt.Sprintf("%s/repos/acme/hello/releases/%d", s.URL, r.ID)
	assets := make([]any, 0, len(r.Assets))
	for _, a := range r.Assets {
		assets = append(assets, s.assetShape(r, a))
	}
	shape := map[string]any{
		"id": r.ID, "tag_name": r.Tag, "name": r.Name, "body": r.Body, "draft": r.Draft, "prerelease": r.Prerelease,
		"target_commitish": "main", "html_url": page, "url": self, "assets": assets,
		"author": map[string]any{"login": "github-actions[bot]", "id": 41898282}, "created_at": "2026-01-05T10:00:00Z",
	}
	if s.forge {
		shape["upload_url"] = self + "/assets"
		return shape
	}
	shape["assets_url"] = self + "/assets"
	shape["upload_url"] = fmt.Sprintf("%s/repos/acme/hello/releases/%d/assets{?name,label}", s.Uploads, r.ID)
	shape["node_id"], shape["immutable"] = "RE_kwDO", r.Immutable
	shape["tarball_url"], shape["zipball_url"] = s.URL+"/repos/acme/hello/tarball/"+r.Tag, s.URL+"/repos/acme/hello/zipball/"+r.Tag
	if shape["published_at"] = nil; !r.Draft {
		shape["published_at"] = "2026-01-05T10:00:00Z"
	}
	return shape
}

func (s *Server) find(fits func(*Release) bool) *Release {
	if i := slices.IndexFunc(s.releases, fits); i >= 0 {
		return s.releases[i]
	}
	return nil
}

func (s *Server) withID(text string) *Release {
	id, _ := strconv.ParseInt(text, 10, 64)
	return s.find(func(r *Release) bool { return r.ID == id })
}

func (s *Server) show(w http.ResponseWriter, r *http.Request, found *Release) {
	if found == nil {
		s.refuse(w, r, http.StatusNotFound, "Not Found")
		return
	}
	s.answer(w, http.StatusOK, s.shape(found))
}

// byTag knows no drafts.
func (s *Server) byTag(w http.ResponseWriter, r *http.Request, parts []string) {
	tag, err := url.PathUnescape(parts[1])
	if err != nil {
		s.t.Error(err)
	}
	s.show(w, r, s.find(func(r *Release) bool { return r.Tag == tag && !r.Draft }))
}

func (s *Server) byID(w http.ResponseWriter, r *http.Request, parts []string) {
	s.show(w, r, s.withID(parts[1]))
}

// list returns as many a page as are asked for, and Pages lets, of those that it shows by now.
func (s *Server) list(w http.ResponseWriter, r *http.Request, _ []string) {
	var listed []*Release
	for _, release := range s.releases {
		if s.now()-release.born >= max(s.lag, release.Late) {
			listed = append(listed, release)
		}
	}
	shapes := []any{}
	for _, release := range some(s, w, r, "/releases", listed) {
		shapes = append(shapes, s.shape(release))
	}
	s.answer(w, http.StatusOK, shapes)
}
