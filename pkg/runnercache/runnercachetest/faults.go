package runnercachetest

import (
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// Fault is what happens to some requests in place of an answer.
type Fault struct {
	What   string // regular expression for a method of the service, or for "GET", "PUT", "PUT block", "PUT blocklist"
	Times  int    // how many requests it happens to
	Status int
	Header map[string]string
	Body   string
	Hang   time.Duration // the answer comes so much later; the client may be gone by then
	Cut    bool          // the answer ends after half of its bytes
}

// Fail has the next requests that fit end in the fault.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

func (s *Server) fault(what string) *Fault {
	for _, f := range s.faults {
		if f.Times > 0 && regexp.MustCompile("^(?:"+f.What+")$").MatchString(what) {
			f.Times--
			return f
		}
	}
	return nil
}

// do does what the fault says, and reports whether that was the answer.
func (f *Fault) do(w http.ResponseWriter, r *http.Request) bool {
	if f.Hang > 0 {
		select {
		case <-r.Context().Done():
		case <-time.After(f.Hang):
		}
	}
	if f.Status == 0 {
		return false
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(f.Status)
	fmt.Fprint(w, f.Body)
	return true
}

// cut returns a writer that breaks the connection in the middle, if the fault says so.
func (f *Fault) cut(w http.ResponseWriter) http.ResponseWriter {
	if f == nil || !f.Cut {
		return w
	}
	return &cutWriter{ResponseWriter: w}
}

type cutWriter struct{ http.ResponseWriter }

func (w *cutWriter) Write(p []byte) (int, error) {
	_, _ = w.ResponseWriter.Write(p[:len(p)/2])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}
