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
	Tag         string // the tag that was pushed or released, or that the workflow was started on; else empty
	ReleaseID   int64  // of a release event, else 0
	PullRequest bool
	// Fork is the repository OWNER/NAME that a pull request comes from, where that is another one.
	Fork string
	// Base is the commit that the event's changes are counted from. Empty: there is none, as after the first push of
	// a branch or a tag.
	Base string
	// Rewritten reports whether Base may be no ancestor: a push may be forced.
	Rewritten bool
}

// payload is as much of an event's file as is read. Forges write the same.
type payload struct {
	Before      string
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
}

// maxEvent bounds an event's file, in bytes. GitHub's have at most 25 MB.
const maxEvent = 64 << 20

type repo struct {
	FullName string `json:"full_name"`
}

// ReadEvent reads GITHUB_EVENT_NAME, GITHUB_REF_TYPE, GITHUB_REF_NAME and the file at GITHUB_EVENT_PATH, which need
// not be there.
func ReadEvent(getenv func(string) string) (Event, error) {
	e := Event{Name: getenv("GITHUB_EVENT_NAME")}
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
	e.ReleaseID = p.Release.ID
	switch {
	case p.PullRequest != nil:
		e.PullRequest, e.Base = true, p.PullRequest.Base.SHA
		e.Fork = fork(p.PullRequest.Head.Repo, p.PullRequest.Base.Repo)
	case p.MergeGroup.BaseSHA != "":
		e.Base = p.MergeGroup.BaseSHA
	case strings.Trim(p.Before, "0") != "": // zeros stand for nothing
		e.Base, e.Rewritten = p.Before, true
	}
	return e, nil
}

// fork returns the name of the head's repository where it is not the base's. Of a deleted one GitHub states none.
func fork(head, base *repo) string {
	switch {
	case head == nil:
		return "a deleted repository"
	case base != nil && strings.EqualFold(head.FullName, base.FullName):
		return ""
	}
	return head.FullName
}
