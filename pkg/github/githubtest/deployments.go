package githubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// Deployment is a deployment as it is kept.
type Deployment struct {
	ID               int64
	SHA, Environment string
	Payload          json.RawMessage
	Statuses         []Status // in their order
}

// Status is what became of a deployment.
type Status struct{ State, EnvironmentURL, LogURL string }

// State returns the state of the newest status; empty if there is none.
func (d *Deployment) State() string {
	if len(d.Statuses) == 0 {
		return ""
	}
	return d.Statuses[len(d.Statuses)-1].State
}

func (s *Server) deploymentShape(d *Deployment) map[string]any {
	self := fmt.Sprintf("%s/repos/acme/hello/deployments/%d", s.URL, d.ID)
	return map[string]any{
		"id": d.ID, "node_id": "DE_kwDO", "url": self, "sha": d.SHA, "ref": d.SHA, "task": "deploy", "payload": d.Payload,
		"environment": d.Environment, "original_environment": d.Environment, "description": "Packages", "statuses_url": self + "/statuses",
		"transient_environment": false, "production_environment": false, "created_at": "2026-01-05T10:00:00Z",
	}
}

func (s *Server) listDeployments(w http.ResponseWriter, r *http.Request, _ []string) {
	var listed []*Deployment
	for _, d := range s.deployments {
		if d.SHA == r.URL.Query().Get("sha") && d.Environment == r.URL.Query().Get("environment") {
			listed = append(listed, d)
		}
	}
	shapes := []any{}
	for _, d := range some(s, w, r, "/deployments", listed) {
		shapes = append(shapes, s.deploymentShape(d))
	}
	s.answer(w, http.StatusOK, shapes)
}

var fullHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

func (s *Server) deploy(w http.ResponseWriter, r *http.Request, _ []string) {
	var in struct {
		Ref              string          `json:"ref"`
		AutoMerge        *bool           `json:"auto_merge"`
		RequiredContexts *[]string       `json:"required_contexts"`
		Payload          json.RawMessage `json:"payload"`
		Environment      string          `json:"environment"`
		Description      string          `json:"description"`
	}
	if !s.body(w, r, &in) {
		return
	}
	if !fullHash.MatchString(in.Ref) || in.AutoMerge == nil || *in.AutoMerge || in.RequiredContexts == nil ||
		len(*in.RequiredContexts) > 0 {
		s.t.Errorf("githubtest: a deployment of %+v", in)
	}
	d := &Deployment{ID: s.id(), SHA: in.Ref, Environment: in.Environment, Payload: in.Payload}
	s.deployments = slices.Insert(s.deployments, 0, d)
	s.answer(w, http.StatusCreated, s.deploymentShape(d))
}

func (s *Server) status(w http.ResponseWriter, r *http.Request, parts []string) {
	var in struct {
		State          string `json:"state"`
		LogURL         string `json:"log_url"`
		EnvironmentURL string `json:"environment_url"`
		AutoInactive   *bool  `json:"auto_inactive"`
	}
	if !s.body(w, r, &in) {
		return
	}
	i := slices.IndexFunc(s.deployments, func(d *Deployment) bool { return strconv.FormatInt(d.ID, 10) == parts[1] })
	switch {
	case i < 0:
		s.refuse(w, r, http.StatusNotFound, "Not Found")
	case !slices.Contains([]string{"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}, in.State):
		s.refuse(w, r, http.StatusUnprocessableEntity, "Validation Failed",
			map[string]string{"resource": "DeploymentStatus", "code": "custom", "field": "state"})
	default:
		d := s.deployments[i]
		d.Statuses = append(d.Statuses, Status{in.State, in.EnvironmentURL, in.LogURL})
		if in.State == "success" && (in.AutoInactive == nil || *in.AutoInactive) && d.Environment != "production" {
			s.deactivate(d)
		}
		s.answer(w, http.StatusCreated, map[string]any{"id": s.id(), "state": in.State, "environment_url": in.EnvironmentURL,
			"log_url": in.LogURL})
	}
}

// deactivate ends the earlier deployments to the environment that succeeded.
func (s *Server) deactivate(newest *Deployment) {
	for _, d := range s.deployments {
		if d.ID < newest.ID && d.Environment == newest.Environment && d.State() == "success" {
			d.Statuses = append(d.Statuses, Status{State: "inactive"})
		}
	}
}
