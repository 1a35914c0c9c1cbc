package githubtest

import (
	"net/http"
	"slices"
)

// taken reports whether the tag of a release that is to be published is another's, or was an immutable one's.
func (s *Server) taken(w http.ResponseWriter, r *http.Request, tag string, self *Release) bool {
	problem := map[string]string{"resource": "Release", "code": "already_exists", "field": "tag_name"}
	switch {
	case slices.Contains(s.burnt, tag):
		problem["code"], problem["message"] = "custom", "tag_name was used by an immutable release"
	case s.find(func(r *Release) bool { return r.Tag == tag && r != self && (s.forge || !r.Draft) }) == nil:
		return false
	case s.forge:
		s.refuse(w, r, http.StatusConflict, "Release is has no Tag")
		return true
	}
	s.refuse(w, r, http.StatusUnprocessableEntity, "Validation Failed", problem)
	return true
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, _ []string) {
	var in struct {
		Tag        string `json:"tag_name"`
		Name       string `json:"name"`
		Body       string `json:"body"`
		Draft      bool   `json:"draft"`
		Prerelease bool   `json:"prerelease"`
	}
	if !s.body(w, r, &in) || (!in.Draft || s.forge) && s.taken(w, r, in.Tag, nil) {
		return
	}
	s.answer(w, http.StatusCreated, s.shape(s.add(Release{Tag: in.Tag, Name: in.Name, Body: in.Body, Draft: in.Draft,
		Prerelease: in.Prerelease, Immutable: s.immutable && !in.Draft})))
}

func (s *Server) edit(w http.ResponseWriter, r *http.Request, parts []string) {
	var in struct {
		Body       *string `json:"body"`
		Draft      *bool   `json:"draft"`
		MakeLatest string  `json:"make_latest"`
	}
	found := s.withID(parts[1])
	switch {
	case found == nil:
		s.show(w, r, nil)
		return
	case !s.body(w, r, &in):
		return
	case in.MakeLatest != "" && (s.forge || !slices.Contains([]string{"true", "false", "legacy"}, in.MakeLatest)):
		s.t.Errorf("githubtest: make_latest %q", in.MakeLatest)
	}
	if in.Draft != nil && found.Draft && !*in.Draft {
		if s.taken(w, r, found.Tag, found) {
			return
		}
		found.Draft, found.Immutable, found.MakeLatest = false, s.immutable, in.MakeLatest
	}
	if in.Body != nil {
		found.Body = *in.Body
	}
	s.show(w, r, found)
}

// remove deletes a release. One with assets that no other of its tag has must stay.
func (s *Server) remove(w http.ResponseWriter, r *http.Request, parts []string) {
	found := s.withID(parts[1])
	if found == nil {
		s.show(w, r, nil)
		return
	}
	for _, a := range found.Assets {
		if s.find(func(r *Release) bool { return r != found && r.Tag == found.Tag && r.Asset(a.Name) != nil }) == nil {
			s.t.Errorf("githubtest: the release %s is deleted, and with it %s", found.Tag, a.Name)
		}
	}
	if !found.Draft {
		s.t.Errorf("githubtest: the release %s is deleted", found.Tag)
	}
	s.releases = slices.DeleteFunc(s.releases, func(r *Release) bool { return r == found })
	w.WriteHeader(http.StatusNoContent)
}
