package githubtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

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
	if rest, there := strings.CutPrefix(r.URL.EscapedPath(), byNumber); there {
		path, ok = rest, true
	} else if ok && s.renamed {
		s.moved(w, r, strings.TrimPrefix(r.URL.Path, prefix))
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

// byNumber is the path of the repository that stays when its name changes.
const byNumber = "/repositories/42"

// moved redirects to where the repository is under any name.
func (s *Server) moved(w http.ResponseWriter, r *http.Request, rest string) {
	status := http.StatusTemporaryRedirect
	if r.Method == http.MethodGet {
		status = http.StatusMovedPermanently
	}
	scheme, _, _ := strings.Cut(s.URL, "://")
	target := (&url.URL{Scheme: scheme, Host: r.Host, Path: byNumber + rest, RawQuery: r.URL.RawQuery}).String()
	w.Header().Set("Location", target)
	s.answer(w, status, map[string]any{"message": "Moved Permanently", "url": target, "documentation_url": "https://docs.github.com/rest"})
}

// some returns the part of a list that a request asks for, and names the pages around it, as GitHub does.
func some[T any](s *Server, w http.ResponseWriter, r *http.Request, path string, all []T) []T {
	query := r.URL.Query()
	page, _ := strconv.Atoi(cmp.Or(query.Get("page"), "1"))
	each, err := strconv.Atoi(query.Get("per_page"))
	if err != nil || each < 1 || each > 100 || page < 1 {
		s.t.Errorf("githubtest: %s", r.URL)
		each, page = 1, 1
	}
	each = min(each, s.page)
	last := max(1, (len(all)+each-1)/each)
	var links []string
	for _, to := range []struct {
		name string
		page int
		ok   bool
	}{{"prev", page - 1, page > 1}, {"next", page + 1, page < last}, {"last", last, page < last}, {"first", 1, page > 1}} {
		if to.ok {
			query.Set("page", strconv.Itoa(to.page))
			links = append(links, fmt.Sprintf(`<%s%s%s?%s>; rel="%s"`, s.URL, byNumber, path, query.Encode(), to.name))
		}
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	return all[min(len(all), (page-1)*each):min(len(all), page*each)]
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
