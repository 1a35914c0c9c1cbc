package githubtest

import (
	"net/http"
	"time"
)

// WithoutDigests has the server tell no digests of assets, as older Enterprise Servers.
func (s *Server) WithoutDigests() { s.digestless = true }

// WithoutPlus has the server make a dot of "+" in the names of assets.
func (s *Server) WithoutPlus() { s.plusless = true }

// Rename has the server redirect all requests, as GitHub does for a repository that has another name by now: 301 to those that
// read, 307 to those that write.
func (s *Server) Rename() { s.renamed = true }

// Pages has the lists of releases and deployments show only so many at once.
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
