// Package runnercachetest is a server of the cache service of GitHub's runner (protocol version 2) with its blob store. It is strict:
// whatever a request lacks or has too much fails the test.
package runnercachetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Token is the one that the service takes.
const Token = "eyJ.of-the-job.runtime-0123456789"

// signature is that of every address, with characters that are escaped in it.
const signature = "c2ln+bmF0dXJl/0123456789="

// Server is one service with one scope.
type Server struct {
	URL string // ACTIONS_RESULTS_URL

	t        *testing.T
	http     *httptest.Server
	mu       sync.Mutex
	entries  []*entry
	faults   []*Fault
	log      []string
	readOnly bool
	whole    bool
}

type entry struct {
	key, version string
	blocks       map[string][]byte
	content      []byte
	finished     bool
}

// Start runs the server until the test ends.
func Start(t *testing.T) *Server {
	t.Helper()
	s := &Server{t: t}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.http.Close)
	s.URL = s.http.URL + "/a-path/that-is-not-used/"
	return s
}

// Environment is what the runner tells of the service.
func (s *Server) Environment() map[string]string {
	return map[string]string{"ACTIONS_RESULTS_URL": s.URL, "ACTIONS_RUNTIME_TOKEN": Token}
}

// Secrets are the texts that no log may have.
func (s *Server) Secrets() []string { return []string{Token, signature, "c2ln%2BbmF0dXJl"} }

// Entries returns the contents of finished entries by their keys.
func (s *Server) Entries() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string][]byte{}
	for _, e := range s.entries {
		if e.finished {
			all[e.key] = e.content
		}
	}
	return all
}

// Key returns the key of the only entry.
func (s *Server) Key() string {
	s.t.Helper()
	keys := slices.Collect(maps.Keys(s.Entries()))
	if len(keys) != 1 {
		s.t.Fatalf("entries: %q, want one\n%s", keys, strings.Join(s.Log(), "\n"))
	}
	return keys[0]
}

// Fill adds the finished entries of another server.
func (s *Server) Fill(from *Server) {
	from.mu.Lock()
	defer from.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range from.entries {
		s.entries = append(s.entries, &entry{key: e.key, version: e.version, content: e.content, finished: e.finished})
	}
}

// Change replaces the content of an entry.
func (s *Server) Change(key string, change func([]byte) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.key == key {
			e.content = change(slices.Clone(e.content))
		}
	}
}

// Rename gives an entry another key.
func (s *Server) Rename(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.key == from {
			e.key = to
		}
	}
}

// ReadOnly has the service refuse to save, as for events that strangers start.
func (s *Server) ReadOnly() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readOnly = true
}

// WithoutRanges has the blob store ignore that a part of a blob is asked for.
func (s *Server) WithoutRanges() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = true
}

// Log returns what was asked: names of methods, and of the blob store's requests.
func (s *Server) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// serve answers a request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	method, isRPC := strings.CutPrefix(r.URL.Path, "/twirp/github.actions.results.api.v1.CacheService/")
	what := method
	if !isRPC {
		what = strings.TrimSpace(r.Method + " " + r.URL.Query().Get("comp"))
	}
	s.mu.Lock()
	s.log = append(s.log, what)
	f := s.fault(what)
	s.mu.Unlock()
	if f != nil && f.do(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !isRPC:
		s.blob(f.cut(w), r)
	case r.Header.Get("Authorization") != "Bearer "+Token || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json":
		s.t.Errorf("runnercachetest: %s %s %v", r.Method, r.URL, r.Header)
		refuse(w, http.StatusUnauthorized, "unauthenticated", "no token")
	default:
		s.call(w, r, method)
	}
}

// request is that of every method.
type request struct {
	Key, Version string
	RestoreKeys  []string `json:"restore_keys"`
	SizeBytes    string   `json:"size_bytes"`
}

func (s *Server) call(w http.ResponseWriter, r *http.Request, method string) {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	var asked request
	if err := decoder.Decode(&asked); err != nil || asked.Key == "" || len(asked.Key) > 512 || strings.Contains(asked.Key, ",") ||
		len(asked.Version) != 64 || len(asked.RestoreKeys) > 9 {
		s.t.Errorf("runnercachetest: %s %+v: %v", method, asked, err)
		refuse(w, http.StatusBadRequest, "malformed", "malformed")
		return
	}
	answer := map[string]any{"ok": true}
	switch method {
	case "GetCacheEntryDownloadURL":
		i := s.find(asked)
		if answer["ok"] = i >= 0; i >= 0 {
			answer["matched_key"], answer["signed_download_url"] = s.entries[i].key, s.address(i)
		}
	case "CreateCacheEntry":
		switch i := s.exact(asked); {
		case s.readOnly:
			answer = map[string]any{"ok": false, "message": "cache write denied: the token is read-only"}
		case i >= 0:
			refuse(w, http.StatusConflict, "already_exists", "cache entry with the same key, version, and scope already exists")
			return
		default:
			s.entries = append(s.entries, &entry{key: asked.Key, version: asked.Version, blocks: map[string][]byte{}})
			answer["signed_upload_url"] = s.address(len(s.entries) - 1)
		}
	case "FinalizeCacheEntryUpload":
		i := s.exact(asked)
		if i < 0 || strconv.Itoa(len(s.entries[i].content)) != asked.SizeBytes {
			s.t.Errorf("runnercachetest: finished %+v", asked)
			answer["ok"] = false
			break
		}
		s.entries[i].finished, answer["entry_id"] = true, strconv.Itoa(i)
	default:
		refuse(w, http.StatusNotFound, "bad_route", "no handler for path "+r.URL.Path)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *Server) exact(asked request) int {
	return slices.IndexFunc(s.entries, func(e *entry) bool { return e.key == asked.Key && e.version == asked.Version })
}

// find looks for the key, and then for the newest entry of each prefix.
func (s *Server) find(asked request) int {
	if i := s.exact(asked); i >= 0 && s.entries[i].finished {
		return i
	}
	for _, prefix := range asked.RestoreKeys {
		for i, e := range slices.Backward(s.entries) {
			if e.finished && e.version == asked.Version && strings.HasPrefix(e.key, prefix) {
				return i
			}
		}
	}
	return -1
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code":%q,"msg":%q}`, code, message)
}
