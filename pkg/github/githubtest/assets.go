package githubtest

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// forge are the methods of Gitea and Forgejo: an asset lies below its release, and there are no deployments.
var forge = []route{
	{"GET", `/releases/tags/([^/]+)`, (*Server).byTag},
	{"GET", `/releases/(\d+)`, (*Server).byID},
	{"GET", `/releases`, (*Server).list},
	{"POST", `/releases`, (*Server).create},
	{"PATCH", `/releases/(\d+)`, (*Server).edit},
	{"GET", `/releases/(\d+)/assets`, (*Server).assets},
	{"POST", `/releases/(\d+)/assets`, (*Server).attach},
	{"DELETE", `/releases/\d+/assets/(\d+)`, (*Server).drop},
}

func (s *Server) assetShape(r *Release, a *Asset) map[string]any {
	if s.forge {
		return map[string]any{
			"id": a.ID, "name": a.Name, "size": len(a.Content), "download_count": 0, "uuid": "8a5b7c", "created_at": "2026-01-05T10:00:00Z",
			"browser_download_url": fmt.Sprintf("%s/attachments/%d", strings.TrimSuffix(s.URL, "/api/v1"), a.ID),
		}
	}
	shape := map[string]any{
		"id": a.ID, "node_id": "RA_kwDO", "name": a.Name, "label": "", "state": a.State, "content_type": "application/octet-stream",
		"size": len(a.Content), "digest": nil, "download_count": 0, "created_at": "2026-01-05T10:00:00Z", "updated_at": "2026-01-05T10:00:00Z",
		"uploader":             map[string]any{"login": "github-actions[bot]", "id": 41898282},
		"url":                  fmt.Sprintf("%s/repos/acme/hello/releases/assets/%d", s.URL, a.ID),
		"browser_download_url": fmt.Sprintf("https://github.example/acme/hello/releases/download/%s/%s", r.Tag, a.Name),
	}
	if a.State == "uploaded" && !s.digestless {
		shape["digest"] = fmt.Sprintf("sha256:%x", sha256.Sum256(a.Content))
	}
	return shape
}

// assets lists them: a forge all at once, whatever page is asked for.
func (s *Server) assets(w http.ResponseWriter, r *http.Request, parts []string) {
	found := s.withID(parts[1])
	if found == nil {
		s.show(w, r, nil)
		return
	}
	page, errPage := strconv.Atoi(r.URL.Query().Get("page"))
	each, errEach := strconv.Atoi(r.URL.Query().Get("per_page"))
	if errPage != nil || errEach != nil || each > 100 {
		s.t.Errorf("githubtest: %s", r.URL)
	}
	shapes := []any{}
	for i, a := range found.Assets {
		if s.forge || i/each == page-1 {
			shapes = append(shapes, s.assetShape(found, a))
		}
	}
	s.answer(w, http.StatusOK, shapes)
}

var (
	strange = regexp.MustCompile(`[^A-Za-z0-9._+-]`)
	dots    = regexp.MustCompile(`\.\.+`)
)

// nameOf returns the name that the server gives an asset.
func (s *Server) nameOf(name string) string {
	if s.plusless {
		name = strings.ReplaceAll(name, "+", ".")
	}
	return dots.ReplaceAllString(strange.ReplaceAllString(name, "."), ".")
}

// upload takes bare bytes.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, parts []string) {
	if !strings.HasSuffix(s.Uploads, "://"+r.Host) || r.Header.Get("Content-Type") != "application/octet-stream" {
		s.t.Errorf("githubtest: an upload of %q to %s, not to %s", r.Header.Get("Content-Type"), r.Host, s.Uploads)
	}
	s.keep(w, r, parts, r.Body, r.ContentLength)
}

// attach takes a form, as forges do.
func (s *Server) attach(w http.ResponseWriter, r *http.Request, parts []string) {
	file, header, err := r.FormFile("attachment")
	if err != nil {
		s.t.Errorf("githubtest: %v", err)
		s.refuse(w, r, http.StatusBadRequest, "no attachment")
		return
	}
	s.keep(w, r, parts, file, header.Size)
}

func (s *Server) keep(w http.ResponseWriter, r *http.Request, parts []string, content io.Reader, size int64) {
	name, found := s.nameOf(r.URL.Query().Get("name")), s.withID(parts[1])
	text, err := io.ReadAll(content)
	switch {
	case found == nil:
		s.show(w, r, nil)
	case err != nil || int64(len(text)) != size || name == "":
		s.t.Errorf("githubtest: asset %q, %d bytes of %d, %v", name, len(text), size, err)
		s.refuse(w, r, http.StatusBadRequest, "Bad Size")
	case found.Immutable:
		s.refuse(w, r, http.StatusUnprocessableEntity, "Cannot upload assets to an immutable release.")
	case found.Asset(name) != nil && !s.forge:
		s.refuse(w, r, http.StatusUnprocessableEntity, "Validation Failed",
			map[string]string{"resource": "ReleaseAsset", "code": "already_exists", "field": "name"})
	default:
		a := &Asset{ID: s.id(), Name: name, State: "uploaded", Content: text}
		found.Assets = append(found.Assets, a)
		s.answer(w, http.StatusCreated, s.assetShape(found, a))
	}
}

// cut leaves what an upload that was cut off leaves.
func (s *Server) cut(r *http.Request, path string) {
	parts := strings.Split(path, "/")
	if found := s.withID(parts[2]); found != nil {
		found.Assets = append(found.Assets, &Asset{ID: s.id(), Name: s.nameOf(r.URL.Query().Get("name")), State: "starter"})
	}
}

// byNumber returns an asset and its release.
func (s *Server) byNumber(text string) (*Release, *Asset) {
	for _, r := range s.releases {
		for _, a := range r.Assets {
			if strconv.FormatInt(a.ID, 10) == text {
				return r, a
			}
		}
	}
	return nil, nil
}

// asset describes the asset, or redirects to its content at a server that must not see the token.
func (s *Server) asset(w http.ResponseWriter, r *http.Request, parts []string) {
	release, a := s.byNumber(parts[1])
	switch {
	case a == nil:
		s.show(w, r, nil)
	case r.Header.Get("Accept") == "application/octet-stream":
		http.Redirect(w, r, fmt.Sprintf("%s/%d", s.Storage, a.ID), http.StatusFound)
	default:
		s.answer(w, http.StatusOK, s.assetShape(release, a))
	}
}

func (s *Server) drop(w http.ResponseWriter, r *http.Request, parts []string) {
	release, a := s.byNumber(parts[1])
	switch {
	case a == nil:
		s.show(w, r, nil)
		return
	case release.Immutable:
		s.refuse(w, r, http.StatusUnprocessableEntity, "Cannot delete asset from an immutable release")
		return
	}
	release.Assets = slices.DeleteFunc(release.Assets, func(other *Asset) bool { return other == a })
	w.WriteHeader(http.StatusNoContent)
}

// store is the server that holds the assets' content.
func (s *Server) store(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		s.t.Errorf("githubtest: another server is shown the token: %s", r.URL)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.download(w, r)
}

func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	_, a := s.byNumber(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
	if a == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Content)))
	if _, err := w.Write(a.Content); err != nil {
		s.t.Errorf("githubtest: %v", err)
	}
}
