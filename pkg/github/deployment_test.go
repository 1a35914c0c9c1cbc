package github

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

func TestDeployment(t *testing.T) {
	s := githubtest.Start(t)
	c, _ := client(t, s)
	o := DeploymentOptions{Commit: commit, Environment: "production", Run: "1/package/x86_64",
		Log: "https://github.example/acme/hello/actions/runs/1"}
	d, err := c.Deploy(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the run was cancelled, and that is told all the same
	if err := d.Finish(ctx, false, "https://no.example"); err != nil || s.Deployments()[0].State() != "failure" {
		t.Errorf("%v, %+v", err, s.Deployments()[0])
	}
	// a second attempt of the same run, whose requests are lost
	s.Fail(githubtest.Fault{Method: "POST", Path: `/deployments/\d+/statuses`, Times: 2, Status: 502})
	if d, err = c.Deploy(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := d.Finish(t.Context(), true, "https://packages.example/v3.24/main"); err != nil {
		t.Error(err)
	}
	all := s.Deployments()
	if len(all) != 1 || all[0].State() != "success" {
		t.Fatalf("%+v", all)
	}
	last := all[0].Statuses[len(all[0].Statuses)-1]
	if last.EnvironmentURL != "https://packages.example/v3.24/main" || last.LogURL != o.Log || all[0].Environment != "production" {
		t.Errorf("%+v", last)
	}
	// another run's, which is made although the answer is lost
	s.Fail(githubtest.Fault{Method: "POST", Path: "/deployments", Times: 1, Status: 502, Done: true})
	o.Run = "2/package/x86_64"
	if _, err := c.Deploy(t.Context(), o); err != nil || len(s.Deployments()) != 2 {
		t.Errorf("%v, %d deployments", err, len(s.Deployments()))
	}
}

// The jobs of a matrix leave each other's deployments active; otherwise the newest one takes over.
func TestDeploymentsTogether(t *testing.T) {
	for together, want := range map[bool]string{true: "success", false: "inactive"} {
		s := githubtest.Start(t)
		c, _ := client(t, s)
		for _, leg := range []string{"x86_64", "aarch64"} {
			d, err := c.Deploy(t.Context(), DeploymentOptions{Commit: commit, Environment: "staging", Run: leg, Together: together})
			if err == nil {
				err = d.Finish(t.Context(), true, "https://packages.example")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if all := s.Deployments(); all[0].State() != "success" || all[1].State() != want {
			t.Errorf("together %v: %s, then %s", together, all[1].State(), all[0].State())
		}
	}
}

// A second attempt finds its deployment behind those of many other jobs, also where the repository has another name by now.
func TestDeploymentOnALaterPage(t *testing.T) {
	s := githubtest.Start(t)
	s.Pages(2)
	c, _ := client(t, s)
	for i := range 7 {
		o := DeploymentOptions{Commit: commit, Environment: "production", Run: strconv.Itoa(i), Together: true}
		if _, err := c.Deploy(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for _, renamed := range []bool{false, true} {
		if renamed {
			s.Rename()
		}
		d, err := c.Deploy(t.Context(), DeploymentOptions{Commit: commit, Environment: "production", Run: "0", Together: true})
		if all := s.Deployments(); err != nil || len(all) != 7 || d.ID != all[6].ID {
			t.Errorf("%v, %+v, %d deployments", err, d, len(all))
		}
	}
}

// Refusals are final, and the advice fits their cause.
func TestDeploymentRefusedForAReason(t *testing.T) {
	for want, fault := range map[string]githubtest.Fault{
		"Commit status checks failed": {Status: 409, Body: `{"message":"Conflict: Commit status checks failed for main."}`},
		"use a runner whose address is on it": {Status: 403,
			Body: `{"message":"Although you appear to have the correct authorization credentials, the ` + "`acme`" + ` organization has an IP allow list enabled"}`},
		"authorize the token": {Status: 403, Body: `{"message":"Resource protected by organization SAML enforcement."}`},
	} {
		s := githubtest.Start(t)
		fault.Method, fault.Path, fault.Times = "POST", "/deployments", 9
		s.Fail(fault)
		c, pauses := client(t, s)
		_, err := c.Deploy(t.Context(), DeploymentOptions{Commit: commit, Environment: "production", Run: "1"})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "permissions:") || len(*pauses) > 0 {
			t.Errorf("%v, waited %v, want %s", err, *pauses, want)
		}
	}
}

func TestDeploymentRefused(t *testing.T) {
	s := githubtest.Start(t)
	s.Fail(githubtest.Fault{Method: "POST", Path: "/deployments", Times: 9, Status: 403,
		Body: `{"message":"Resource not accessible by integration"}`})
	c, pauses := client(t, s)
	_, err := c.Deploy(t.Context(), DeploymentOptions{Commit: commit, Environment: "production", Run: "1"})
	if err == nil || !strings.Contains(err.Error(), "permissions:\n  deployments: write") || len(*pauses) > 0 {
		t.Errorf("%v, waited %v", err, *pauses)
	}
}
