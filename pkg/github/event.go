package github

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Event is what started the workflow.
type Event struct {
	Name        string // "push", "release", "pull_request", …
	Action      string // "published", "synchronize", …; empty where the event knows none
	Repository  string // OWNER/NAME
	Ref, Commit string // GITHUB_REF and GITHUB_SHA
	Tag         string // the tag that was pushed or released, or that the workflow was started on; else empty
	ReleaseID   int64  // of a release event, else 0
	PullRequest bool
	// Fork is the repository OWNER/NAME that a pull request, or the run before a workflow_run, comes from, where that is
	// another one.
	Fork string
	// Before is the run that a workflow_run follows.
	Before Before
	// Types are the activity types of releases that the workflow is started by; nil where that is unknown.
	Types []string
	// Deleted reports whether a push has deleted its branch or tag.
	Deleted bool
	// Base is the commit that the event's changes are counted from. Empty: there is none, as after the first push of
	// a branch or a tag.
	Base string
	// Rewritten reports whether Base may be no ancestor: a push may be forced.
	Rewritten bool
}

// Before is the run that a workflow_run follows: the event that started it, and its commit.
type Before struct{ Event, Commit string }

// payload is as much of an event's file as is read. Forges write the same.
type payload struct {
	Action      string
	Before      string
	Deleted     bool
	Repository  *repo
	Release     struct{ ID int64 }
	PullRequest *struct {
		Head struct{ Repo *repo }
		Base struct {
			SHA  string
			Repo *repo
		}
	} `json:"pull_request"`
	MergeGroup struct {
		BaseSHA string `json:"base_sha"`
	} `json:"merge_group"`
	WorkflowRun *struct {
		Event   string
		HeadSHA string `json:"head_sha"`
		Head    *repo  `json:"head_repository"`
	} `json:"workflow_run"`
}

// maxEvent bounds an event's file, in bytes. GitHub's have at most 25 MB.
const maxEvent = 64 << 20

type repo struct {
	FullName string `json:"full_name"`
}

// ReadEvent reads GITHUB_EVENT_NAME, GITHUB_REF and its parts, GITHUB_SHA and the file at GITHUB_EVENT_PATH, which need
// not be there.
func ReadEvent(getenv func(string) string) (Event, error) {
	e := Event{Name: getenv("GITHUB_EVENT_NAME"), Repository: getenv("GITHUB_REPOSITORY"), Ref: getenv("GITHUB_REF"),
		Commit: getenv("GITHUB_SHA")}
	if getenv("GITHUB_REF_TYPE") == "tag" {
		e.Tag = getenv("GITHUB_REF_NAME")
	}
	name := getenv("GITHUB_EVENT_PATH")
	if name == "" {
		return e, nil
	}
	info, err := os.Stat(name)
	if os.IsNotExist(err) {
		return e, nil
	}
	var text []byte
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is no regular file", name)
	case info.Size() > maxEvent:
		err = fmt.Errorf("%s has %d bytes, at most %d are allowed", name, info.Size(), maxEvent)
	default:
		text, err = os.ReadFile(name) //#nosec G304 -- the runner's file
	}
	var p payload
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return e, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
	}
	e.read(p)
	if e.Name == "release" {
		e.Types = releaseTypes(getenv)
	}
	return e, nil
}

// read takes what the event's file says.
func (e *Event) read(p payload) {
	e.Action, e.ReleaseID, e.Deleted = p.Action, p.Release.ID, p.Deleted
	here := p.Repository
	if here == nil {
		here = &repo{e.Repository}
	}
	switch {
	case p.PullRequest != nil:
		if p.PullRequest.Base.Repo != nil {
			here = p.PullRequest.Base.Repo
		}
		e.PullRequest, e.Base = true, p.PullRequest.Base.SHA
		e.Fork = fork(p.PullRequest.Head.Repo, here)
	case p.WorkflowRun != nil:
		e.Before = Before{p.WorkflowRun.Event, p.WorkflowRun.HeadSHA}
		e.Fork = fork(p.WorkflowRun.Head, here)
	case p.MergeGroup.BaseSHA != "":
		e.Base = p.MergeGroup.BaseSHA
	case strings.Trim(p.Before, "0") != "": // zeros stand for nothing
		e.Base, e.Rewritten = p.Before, true
	}
}

// fork returns the name of the head's repository where it is not this one. Of a deleted one GitHub states none.
func fork(head, here *repo) string {
	switch {
	case head == nil || head.FullName == "":
		return "a deleted repository"
	case strings.EqualFold(head.FullName, here.FullName):
		return ""
	}
	return head.FullName
}
