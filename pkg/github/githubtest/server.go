// Package githubtest is an HTTP server that speaks as much of GitHub's REST API as this program uses: releases, their
// assets and deployments, in the shapes that api.github.com answers in. It is strict: whatever a request lacks or has
// too much fails the test.
package githubtest

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
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
	page        int // releases in a list at most
	immutable   bool
	burnt       []string // tags of immutable releases that were deleted
	lag         time.Duration
	began       time.Time
	passed      time.Duration
	others      map[string]http.HandlerFunc
}

// Fault is what happens to some requests in place of an answer.
type Fault struct {
	Method, Path string // Path is a regular expression for what follows /repos/acme/hello
	Times        int    // how many requests it happens to
	Status       int
	Header       map[string]string
	Body         string
	// Done has the server do what was asked before it answers so: the client cannot know.
	Done bool
	// Cut leaves of an upload an asset in the state "starter" and breaks the connection.
	Cut bool
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
	s = &Server{t: t, last: 1000, page: 100, began: time.Now()}
	var certificate []byte
	run := func(handler http.HandlerFunc) string {
		server := httptest.NewUnstartedServer(handler)
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it
		server.StartTLS()
		t.Cleanup(server.Close)
		certificate = server.Certificate().Raw
		return server.URL
	}
	s.URL, s.Uploads, s.Storage = run(s.serve), run(s.serve), run(s.store)
	authority = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, authority
}

func start(t *testing.T, forge bool) *Server {
	t.Helper()
	s := &Server{t: t, forge: forge, last: 1000, page: 100, began: time.Now()}
	run := func(handler http.HandlerFunc) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	if forge {
		s.URL = run(s.serve) + "/api/v1"
		s.Uploads, s.Storage = s.URL, s.URL
		return s
	}
	s.URL, s.Uploads = run(s.serve), run(s.serve)
	s.Storage = run(s.store)
	return s
}

// Environment is what a runner of this server says of it.
func (s *Server) Environment() map[string]string {
	vars := map[string]string{
		"GITHUB_API_URL": s.URL, "GITHUB_SERVER_URL": strings.TrimSuffix(s.URL, "/api/v1"), "GITHUB_REPOSITORY": "acme/hello",
	}
	if s.forge {
		vars["GITEA_ACTIONS"], vars["FORGEJO_ACTIONS"] = "true", "true"
	}
	return vars
}

// Fail has the next requests that fit end in the fault.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// WithoutDigests has the server tell no digests of assets, as older Enterprise Servers.
func (s *Server) WithoutDigests() { s.digestless = true }

// WithoutPlus has the server make a dot of "+" in the names of assets.
func (s *Server) WithoutPlus() { s.plusless = true }

// Rename has the server redirect all requests, as GitHub does for a repository that has another name by now: 301 to those that
// read, 307 to those that write.
func (s *Server) Rename() { s.renamed = true }

// Pages has the list of releases show only so many at once.
func (s *Server) Pages(each int) { s.page = each }

// Immutable has releases of the repository not change after they are published. The tags are those of such releases that were
// deleted.
func (s *Server) Immutable(burnt ...string) { s.immutable, s.burnt = true, burnt }

// Lag has the list of releases show each only when it is so old.
func (s *Server) Lag(lag time.Duration) { s.lag = lag }

// Pass lets time pass for Lag.
func (s *Server) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed += d
}

func (s *Server) now() time.Duration { return time.Since(s.began) + s.passed }

// Handle answers the requests of a path beside the API.
func (s *Server) Handle(path string, answer http.HandlerFunc) {
	s.others = map[string]http.HandlerFunc{path: answer}
}

// Requests are those made so far: "POST /releases".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.log...)
}

// Releases are those there are.
func (s *Server) Releases() []*Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Release(nil), s.releases...)
}

// Deployments are those there are.
func (s *Server) Deployments() []*Deployment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Deployment(nil), s.deployments...)
}

// serve answers a request of the API or an upload.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix := "/repos/acme/hello"
	if s.forge {
		prefix = "/api/v1" + prefix
	}
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	if s.forge && strings.HasPrefix(r.URL.Path, "/attachments/") {
		s.download(w, r)
		return
	}
	if rest, there := strings.CutPrefix(r.URL.EscapedPath(), "/repositories/42"); there && s.renamed {
		path, ok = rest, true
	} else if ok && s.renamed {
		status := http.StatusTemporaryRedirect
		if r.Method == http.MethodGet {
			status = http.StatusMovedPermanently
		}
		target := *r.URL
		target.Path, target.RawPath = "/repositories/42"+strings.TrimPrefix(r.URL.Path, prefix), ""
		http.Redirect(w, r, target.String(), status)
		return
	}
	if answer := s.others[r.URL.Path]; answer != nil {
		answer(w, r)
		return
	}
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "Not Found")
		return
	}
	s.log = append(s.log, r.Method+" "+path)
	if r.Header.Get("Authorization") != "Bearer "+Token {
		s.refuse(w, r, http.StatusUnauthorized, "Bad credentials")
		return
	}
	if s.fault(w, r, path) {
		return
	}
	s.dispatch(w, r, path)
}

// fault does what a fault says, if one fits.
func (s *Server) fault(w http.ResponseWriter, r *http.Request, path string) bool {
	for _, f := range s.faults {
		if f.Times == 0 || f.Method != r.Method || !regexp.MustCompile("^(?:"+f.Path+")$").MatchString(path) {
			continue
		}
		f.Times--
		switch {
		case f.Cut:
			s.cut(r, path)
			panic(http.ErrAbortHandler)
		case f.Done:
			s.dispatch(httptest.NewRecorder(), r, path)
		}
		for name, value := range f.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(f.Status)
		fmt.Fprint(w, f.Body)
		return true
	}
	return false
}

// route is one method of the API.
type route struct {
	method, path string
	do           func(s *Server, w http.ResponseWriter, r *http.Request, parts []string)
}

func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, path string) {
	all := hub
	if s.forge {
		all = forge
	}
	for _, route := range all {
		parts := regexp.MustCompile("^" + route.path + "$").FindStringSubmatch(path)
		if route.method == r.Method && parts != nil {
			route.do(s, w, r, parts)
			return
		}
	}
	s.t.Errorf("githubtest: no such request: %s %s", r.Method, r.URL)
	s.refuse(w, r, http.StatusNotFound, "Not Found")
}

// id returns the next number.
func (s *Server) id() int64 {
	s.last++
	return s.last
}

// body reads a request's JSON, which must hold nothing but what the API knows.
func (s *Server) body(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		s.t.Errorf("githubtest: %s %s: %v", r.Method, r.URL, err)
		s.refuse(w, r, http.StatusBadRequest, "Problems parsing JSON")
		return false
	}
	return true
}

// answer writes JSON, with the headers of a limit.
func (s *Server) answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-RateLimit-Limit", "1000")
	remaining := "999"
	if status < http.StatusBadRequest {
		remaining = "0" // the last request of the hour: the answer is good all the same, and so may be the next
	}
	w.Header().Set("X-RateLimit-Remaining", remaining)
	w.Header().Set("X-RateLimit-Reset", "4102444800")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		s.t.Errorf("githubtest: %v", err)
	}
}

// refuse answers as GitHub refuses.
func (s *Server) refuse(w http.ResponseWriter, _ *http.Request, status int, message string, codes ...map[string]string) {
	answer := map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest"}
	if len(codes) > 0 {
		answer["errors"] = codes
	}
	s.answer(w, status, answer)
}
