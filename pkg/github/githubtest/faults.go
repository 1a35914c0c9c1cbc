package githubtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
)

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

// Fail has the next requests that fit end in the fault.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
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
