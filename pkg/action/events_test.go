package action

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

// What docs/action.md says of an event.
const (
	isPublished = "published"
	ifAsked     = "published only with `publish: true`"
	isBuilt     = "built, not published"
	isIgnored   = "nothing"
)

// eventCase is an event, and what the checkout of the run is: "own" is the commit of the branch that started it, "foreign" one
// that the repository does not know, "pull" a pull request's, "none" has no .git, "head" is the commit of the run before.
type eventCase struct {
	event, action, row string
	payload            string // without the action
	checkout           string
	want               string
}

func pullOf(head string) string {
	return `"pull_request":{"head":{"sha":"h","repo":` + head + `},"base":{"sha":"b","repo":{"full_name":"acme/hello"}}}`
}

func runOf(event, head string) string {
	return `"workflow_run":{"event":"` + event + `","head_sha":"HEAD","head_repository":` + head + `}`
}

const (
	ours = `{"full_name":"Acme/hello"}`
	eves = `{"full_name":"eve/hello"}`
	here = `"repository":{"full_name":"acme/hello"}`
)

var eventCases = []eventCase{
	{"push", "", "push", here, "own", isPublished},
	{"push", "", "", `"deleted":true,` + here, "own", isIgnored},
	{"create", "", "create", here, "own", isPublished},
	{"delete", "", "delete", here, "own", isIgnored},
	{"schedule", "", "schedule", here, "own", isPublished},
	{"workflow_dispatch", "", "workflow_dispatch", here, "foreign", isPublished},
	{"workflow_dispatch", "", "", here, "pull", ifAsked},
	{"repository_dispatch", "deploy", "repository_dispatch", here, "own", isPublished},
	{"release", "published", "release", `"release":{"id":1}`, "own", isPublished},
	{"release", "created", "release", `"release":{"id":1}`, "own", isIgnored},
	{"release", "released", "release", `"release":{"id":1}`, "own", isIgnored},
	{"release", "prereleased", "release", `"release":{"id":1}`, "own", isIgnored},
	{"release", "edited", "release", `"release":{"id":1}`, "own", isIgnored},
	{"release", "unpublished", "release", `"release":{"id":1}`, "own", isIgnored},
	{"release", "deleted", "release", `"release":{"id":1}`, "own", isIgnored},
	{"pull_request", "synchronize", "pull_request", pullOf(ours), "pull", ifAsked},
	{"pull_request", "synchronize", "fork", pullOf(eves), "pull", isBuilt},
	{"pull_request", "closed", "", pullOf(`null`), "own", isBuilt},
	{"pull_request_target", "labeled", "pull_request_target", pullOf(ours), "own", ifAsked},
	{"pull_request_target", "labeled", "", pullOf(eves), "foreign", isBuilt},
	{"pull_request_review", "submitted", "pull_request_review", pullOf(ours), "pull", ifAsked},
	{"pull_request_review", "submitted", "", pullOf(eves), "pull", isBuilt},
	{"pull_request_review_comment", "created", "pull_request_review_comment", pullOf(ours), "pull", ifAsked},
	{"merge_group", "checks_requested", "merge_group", `"merge_group":{"base_sha":"b"}`, "own", ifAsked},
	{"workflow_run", "completed", "workflow_run", runOf("push", ours) + "," + here, "own", isPublished},
	{"workflow_run", "completed", "", runOf("push", ours) + "," + here, "head", isPublished},
	{"workflow_run", "completed", "", runOf("push", ours) + "," + here, "none", isPublished},
	{"workflow_run", "completed", "", runOf("push", ours) + "," + here, "foreign", isBuilt},
	{"workflow_run", "completed", "pull", runOf("pull_request", ours) + "," + here, "own", ifAsked},
	{"workflow_run", "completed", "fork", runOf("pull_request", eves) + "," + here, "own", isBuilt},
	{"workflow_run", "completed", "", runOf("push", eves) + "," + here, "foreign", isBuilt},
	{"workflow_run", "completed", "", runOf("issue_comment", ours) + "," + here, "none", isBuilt},
	{"issue_comment", "created", "others", here, "own", isPublished},
	{"issues", "opened", "", here, "own", isPublished},
	{"status", "", "", here, "own", isPublished},
	{"deployment_status", "created", "foreign", here, "foreign", isBuilt},
	{"issue_comment", "created", "", here, "pull", isBuilt},
	{"issue_comment", "created", "", here, "none", isBuilt},
	{"issue_comment", "created", "", here, "dirty", isBuilt},
}

// Every kind of event publishes what the documents say, also where the user asks for more.
func TestEveryEvent(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not on PATH")
	}
	for _, tc := range eventCases {
		t.Run(tc.event+" "+tc.action+" "+tc.checkout+" "+tc.want, func(t *testing.T) {
			r := newHubRun(t, githubtest.Start(t))
			r.workflow("release:")
			r.checkout(tc.checkout)
			r.vars["GITHUB_REF"], r.vars["GITHUB_REF_TYPE"], r.vars["GITHUB_REF_NAME"] = "refs/heads/main", "branch", "main"
			payload := strings.ReplaceAll(`{"action":"`+tc.action+`",`+tc.payload+`}`, "HEAD", r.vars["HEAD"])
			r.on(tc.event, payload)
			r.expect(tc.want == isPublished, tc.want)
			if tc.want == isPublished {
				return
			}
			r.vars["INPUT_PUBLISH"] = "true"
			r.expect(tc.want == isPublished || tc.want == ifAsked, tc.want)
		})
	}
}

// workflow makes the workflow that runs one which that event starts.
func (r *hubRun) workflow(on string) {
	r.t.Helper()
	write(r.t, filepath.Join(r.dir, ".github/workflows/package.yml"), "on:\n  "+on+"\n")
	r.vars["GITHUB_WORKFLOW_REF"], r.vars["GITHUB_WORKSPACE"] = "acme/hello/.github/workflows/package.yml@refs/tags/v1", r.dir
}

// expect runs the action and looks into the bucket.
func (r *hubRun) expect(published bool, want string) {
	r.t.Helper()
	log, outputs := r.start(0)
	_, err := os.Stat(filepath.Join(r.dir, "bucket", "keys"))
	if (err == nil) != published {
		r.t.Errorf("published: %v\n%s", err == nil, log)
	}
	reason := regexp.MustCompile(`(?m)^.*: (the packages are not published|nothing is built or published)$`)
	if said := reason.FindAllString(log, -1); !published && len(said) != 1 {
		r.t.Errorf("it says %q\n%s", said, log)
	}
	if built := outputs["names"] == "hello"; built != (want != isIgnored) {
		r.t.Errorf("built %v, outputs %v", built, outputs)
	}
}

// checkout makes the workspace a checkout of that kind.
func (r *hubRun) checkout(kind string) {
	r.t.Helper()
	if kind == "none" {
		return
	}
	git := func(args ...string) string {
		cmd := exec.CommandContext(r.t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
		cmd.Dir = r.dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			r.t.Fatalf("git %v: %v %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "work")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	git("remote", "add", "origin", r.vars["GITHUB_SERVER_URL"]+"/acme/hello")
	head := git("rev-parse", "HEAD")
	switch kind {
	case "own", "dirty":
		r.vars["GITHUB_SHA"] = head
	case "head":
		r.vars["HEAD"] = head
	case "pull":
		git("update-ref", "refs/remotes/pull/7/merge", head)
	}
	if kind == "dirty" {
		write(r.t, filepath.Join(r.dir, "pakman.yml"),
			"name: hello\nversion: 9.9.9\narchitectures: [noarch]\nbuild:\n  destinations: [.github]\n")
	}
}

// A workflow that `published` does not start has another event of the release that publishes.
func TestReleaseTypes(t *testing.T) {
	for types, acts := range map[string]string{
		"{types: [released]}": "released", "{types: released}": "released", "{types: [created, edited]}": "created",
		"{types: [prereleased, released, created]}": "prereleased released", "{types: [created, published]}": "published", "": "published",
	} {
		r := newHubRun(t, githubtest.Start(t))
		r.workflow("release: " + types)
		for _, kind := range []string{"created", "prereleased", "published", "released", "edited"} {
			if err := os.RemoveAll(filepath.Join(r.dir, "bucket")); err != nil {
				t.Fatal(err)
			}
			r.on("release", `{"action":"`+kind+`","release":{"id":1}}`)
			want := isPublished
			if !slices.Contains(strings.Fields(acts), kind) {
				want = isIgnored
			}
			r.expect(want == isPublished, want)
		}
	}
}

// The table of events in the documents has the rows that the test tries, and no others.
func TestEventsInDocuments(t *testing.T) {
	text, err := os.ReadFile("../../docs/action.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Events\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string]string{} // by event and action, the outcomes
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || !strings.Contains(cells[0], "`") && !strings.Contains(cells[0], "other") {
			continue
		}
		rows[strings.TrimSpace(cells[0])] += cells[1] + cells[2] + "\n"
	}
	tried := map[string]bool{}
	for _, tc := range eventCases {
		row, ok := rows["`"+tc.event+"`"]
		if tried["`"+tc.event+"`"] = ok; !ok {
			tried["every other event"] = true
			row = rows["every other event"]
		}
		if !slices.ContainsFunc(strings.Split(row, "\n"), func(line string) bool {
			return strings.Contains(line, tc.want) && (tc.event != "release" || strings.Contains(line, "`"+tc.action+"`"))
		}) {
			t.Errorf("no row for %s %s: %s", tc.event, tc.action, tc.want)
		}
	}
	for event := range maps.Keys(rows) {
		if !tried[event] {
			t.Errorf("no test tries %s", event)
		}
	}
}
