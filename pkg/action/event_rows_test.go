package action

import (
	"slices"
	"strings"
)

// What docs/action.md says is done.
const (
	isPublished = "published"
	ifAsked     = "published only with `publish: true`"
	isBuilt     = "built, not published"
	isIgnored   = "nothing"
	isError     = "error"
	ifOurs      = "published from a commit of the repository, otherwise only built"
)

// activityTypes are the events that start workflows, with their activity types: those of "Events that trigger workflows" in GitHub's
// documentation of November 2026.
var activityTypes = map[string][]string{
	"branch_protection_rule": {"created", "edited", "deleted"},
	"check_run":              {"created", "rerequested", "completed", "requested_action"},
	"check_suite":            {"completed"},
	"create":                 nil,
	"delete":                 nil,
	"deployment":             nil,
	"deployment_status":      nil,
	"discussion": {"created", "edited", "deleted", "transferred", "pinned", "unpinned", "labeled", "unlabeled", "locked", "unlocked",
		"category_changed", "answered", "unanswered"},
	"discussion_comment": {"created", "edited", "deleted"},
	"fork":               nil,
	"gollum":             nil,
	"image_version":      nil,
	"issue_comment":      {"created", "edited", "deleted"},
	"issues": {"opened", "edited", "deleted", "transferred", "pinned", "unpinned", "closed", "reopened", "assigned", "unassigned",
		"labeled", "unlabeled", "locked", "unlocked", "milestoned", "demilestoned", "typed", "untyped"},
	"label":                       {"created", "edited", "deleted"},
	"merge_group":                 {"checks_requested"},
	"milestone":                   {"created", "closed", "opened", "edited", "deleted"},
	"page_build":                  nil,
	"public":                      nil,
	"pull_request":                pullTypes,
	"pull_request_target":         pullTypes,
	"pull_request_review":         {"submitted", "edited", "dismissed"},
	"pull_request_review_comment": {"created", "edited", "deleted"},
	"push":                        nil,
	"registry_package":            {"published", "updated"},
	"release":                     {"published", "unpublished", "created", "edited", "deleted", "prereleased", "released"},
	"repository_dispatch":         {"any-name"}, // whoever sends it names it
	"schedule":                    nil,
	"status":                      nil,
	"watch":                       {"started"},
	"workflow_call":               nil,
	"workflow_dispatch":           nil,
	"workflow_run":                {"completed", "requested", "in_progress"},
}

var pullTypes = []string{"assigned", "unassigned", "labeled", "unlabeled", "opened", "edited", "closed", "reopened", "synchronize",
	"converted_to_draft", "locked", "unlocked", "enqueued", "dequeued", "milestoned", "demilestoned", "ready_for_review",
	"review_requested", "review_request_removed", "auto_merge_enabled", "auto_merge_disabled"}

// checkoutKinds are what the checkout of a run may be: "own" is the commit of the branch that started it, "foreign" one that the
// repository does not know, "pull" a pull request's, "none" has no .git, "head" is the commit of the run before, "dirty" has changes.
var checkoutKinds = []string{"own", "foreign", "pull", "none", "head", "dirty"}

// eventRow is a row of the table of events.
type eventRow struct {
	event, types, when, done, why string
	payload                       string // without the action; HEAD is the checkout's commit
	of                            string // the checkouts that it is about, "": all
}

func (row eventRow) checkouts() []string {
	if row.of == "" {
		return checkoutKinds
	}
	return strings.Fields(row.of)
}

// activities returns the types that the row is about; "" alone where the event has none.
func (row eventRow) activities() []string {
	types := strings.Split(row.types, ", ")
	if row.types == "all" {
		types = activityTypes[row.event]
	}
	return types
}

// markdown returns the row of docs/action.md.
func (row eventRow) markdown() string {
	event, types := row.event, row.types
	if _, named := activityTypes[event]; named {
		event = "`" + event + "`"
	}
	if types != "all" && types != "" {
		types = "`" + strings.ReplaceAll(types, ", ", "`, `") + "`"
	}
	return "| " + strings.Join([]string{event, types, row.when, row.done, row.why}, " | ") + " |\n"
}

func pullOf(head string) string {
	return `"pull_request":{"head":{"sha":"h","repo":` + head + `},"base":{"sha":"b","repo":{"full_name":"acme/hello"}}}`
}

func runOf(event, head string) string {
	return `"workflow_run":{"event":"` + event + `","head_sha":"HEAD","head_repository":` + head +
		`},"repository":{"full_name":"acme/hello"}`
}

const (
	ours    = `{"full_name":"Acme/hello"}`
	eves    = `{"full_name":"eve/hello"}`
	release = `"release":{"id":1}`
)

// Why.
const (
	writers   = "only people who can write to the repository start it"
	unmerged  = "the commit is not merged"
	strangers = "anybody can start it, or it names a commit of anybody"
	forked    = "the code is a stranger's"
)

var eventRows = slices.Concat([]eventRow{
	{"push", "", "a branch or a tag", isPublished, writers, "", "own foreign none dirty"},
	{"push", "", "the branch or tag was deleted", isIgnored, "there is no commit to build", `"deleted":true`, ""},
	{"create", "", "", isPublished, writers, "", "own foreign none dirty"},
	{"delete", "", "", isIgnored, "there is no commit to build", "", ""},
	{"schedule", "", "", isPublished, "a clock starts it, on the default branch", "", "own foreign none dirty"},
	{"workflow_dispatch", "", "", isPublished, writers, "", "own foreign none dirty"},
	{"workflow_dispatch", "", "the checkout is of `refs/pull/…`", ifAsked, unmerged, "", "pull"},
	{"repository_dispatch", "all", "", isPublished, writers, "", "own foreign none dirty"},
	{"workflow_call", "", "", isPublished, "the run has the event of the calling workflow: here a push", "", "own"},
	{"release", "published", "", isPublished, writers, release, "own foreign none dirty"},
	{"release", "created, released, prereleased", "", isIgnored, "`published` comes with them", release, ""},
	{"release", "edited, unpublished, deleted", "", isIgnored, "the packages stay as they are", release, ""},
	{"merge_group", "all", "", ifAsked, unmerged, `"merge_group":{"base_sha":"b"}`, ""},
	{"workflow_run", "all", "after a run for a branch or a tag", isPublished, "that run was of this repository", runOf("push", ours),
		"own head none"},
	{"workflow_run", "all", "after such a run, with another commit", isBuilt, strangers, runOf("push", ours), "foreign pull dirty"},
	{"workflow_run", "all", "after a pull request of the repository", ifAsked, unmerged, runOf("pull_request", ours), ""},
	{"workflow_run", "all", "after a merge queue", ifAsked, unmerged, runOf("merge_group", ours), ""},
	{"workflow_run", "all", "after a run for a fork", isBuilt, forked, runOf("pull_request", eves), ""},
	{"workflow_run", "all", "after a run that anybody started, without a checkout", isBuilt, "nothing shows the commit",
		runOf("issue_comment", ours), "none"},
}, pullRows(), strangersRows(), []eventRow{
	{"any other event", "", "", ifOurs, "it may be one that anybody can start", "", "own foreign pull none dirty"},
	{"every event", "", "its payload cannot be read", isError, "nobody knows what started the run", "", ""},
})

// pullRows are those of the events of a pull request.
func pullRows() []eventRow {
	var rows []eventRow
	for _, event := range []string{"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"} {
		rows = append(rows,
			eventRow{event, "all", "of the repository itself", ifAsked, unmerged, pullOf(ours), ""},
			eventRow{event, "all", "of a fork", isBuilt, forked, pullOf(eves), ""},
			eventRow{event, "all", "of a deleted fork", isBuilt, forked, pullOf("null"), ""})
	}
	return rows
}

// strangersRows are those of the events that people without write access start, or for commits of theirs.
func strangersRows() []eventRow {
	var rows []eventRow
	for _, event := range []string{
		"branch_protection_rule", "check_run", "check_suite", "deployment", "deployment_status", "discussion", "discussion_comment", "fork",
		"gollum", "image_version", "issue_comment", "issues", "label", "milestone", "page_build", "public", "registry_package", "status",
		"watch",
	} {
		types := "all"
		if len(activityTypes[event]) == 0 {
			types = ""
		}
		rows = append(rows, eventRow{event, types, "", ifOurs, strangers, "", "own foreign pull none dirty"})
	}
	return rows
}
