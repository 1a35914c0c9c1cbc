// Package githubtest is an HTTP server that speaks as much of GitHub's REST API as this program uses: releases, their
// assets and deployments, in the shapes that api.github.com answers in. It is strict: whatever a request lacks or has
// too much fails the test.
//
// The shapes were compared with public recordings of api.github.com and are written anew: in octokit/fixtures, below
// scenarios/api.github.com, release-assets (releases and assets), release-assets-conflict and errors (refusals), rename-repository
// (redirects) and paginate-issues (pages); in octokit/webhooks, below payload-examples/api.github.com, deployment and
// deployment_status. Digests, immutable releases and make_latest are younger than those, and follow GitHub's documentation.
package githubtest

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Token is the one that the server takes.
const Token = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"

// Server is one server with one repository, acme/hello.
type Server struct {
	URL     string // of the API
	Uploads string // of the server that takes uploads: another one, as on github.com
	Storage string // of the one that downloads are redirected to; it must not see the token

	t     *testing.T
	forge bool // as Gitea and Forgejo answer

	mu          sync.Mutex
	last        int64
	releases    []*Release
	deployments []*Deployment
	faults      []*Fault
	log         []string
	digestless  bool
	plusless    bool
	renamed     bool
	page        int // releases or deployments in a list at most
	immutable   bool
	burnt       []string // tags of immutable releases that were deleted
	lag         time.Duration
	began       time.Time
	passed      time.Duration
	others      map[string]http.HandlerFunc
}

// Start runs the server until the test ends.
func Start(t *testing.T) *Server {
	t.Helper()
	return start(t, false)
}

// StartForge runs one that answers as Gitea and Forgejo do: other places for assets, neither states nor digests of
// them, no deployments.
func StartForge(t *testing.T) *Server {
	t.Helper()
	return start(t, true)
}

// StartTLS runs one that has a certificate of an authority which no system knows, and returns the name of its PEM file.
func StartTLS(t *testing.T) (s *Server, authority string) {
	t.Helper()
	var certificate []byte
	s = startWith(t, false, func(server *httptest.Server) {
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it
		server.StartTLS()
		certificate = server.Certificate().Raw
	})
	authority = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, authority
}

func start(t *testing.T, forge bool) *Server {
	t.Helper()
	return startWith(t, forge, (*httptest.Server).Start)
}

func startWith(t *testing.T, forge bool, begin func(*httptest.Server)) *Server {
	t.Helper()
	s := &Server{t: t, forge: forge, last: 1000, page: 100, began: time.Now()}
	run := func(handler http.HandlerFunc) string {
		server := httptest.NewUnstartedServer(handler)
		begin(server)
		t.Cleanup(server.Close)
		return server.URL
	}
	if forge {
		s.URL = run(s.serve) + "/api/v1"
		s.Uploads, s.Storage = s.URL, s.URL
		return s
	}
	s.URL, s.Uploads, s.Storage = run(s.serve), run(s.serve), run(s.store)
	return s
}

// Environment returns the variables with which a runner describes this server.
func (s *Server) Environment() map[string]string {
	vars := map[string]string{
		"GITHUB_API_URL": s.URL, "GITHUB_SERVER_URL": strings.TrimSuffix(s.URL, "/api/v1"), "GITHUB_REPOSITORY": "acme/hello",
	}
	if s.forge {
		vars["GITEA_ACTIONS"], vars["FORGEJO_ACTIONS"] = "true", "true"
	}
	return vars
}

// Requests returns the requests made so far: "POST /releases".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.log...)
}

// Releases returns all releases.
func (s *Server) Releases() []*Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Release(nil), s.releases...)
}

// Deployments returns all deployments.
func (s *Server) Deployments() []*Deployment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Deployment(nil), s.deployments...)
}
