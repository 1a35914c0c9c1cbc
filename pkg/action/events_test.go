package action

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/github/githubtest"
	"github.com/pakman/build/pkg/source"
)

// Every row of the table of events does through the whole program what it says, also where the user asks for more. Of the rows that
// withhold the packages for one reason, the first builds; the others run `command: publish`, which has nothing to do.
func TestEveryEvent(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not on PATH")
	}
	built := map[string]bool{}
	for _, row := range eventRows {
		short := built[row.done+row.why] && row.done != isPublished && row.done != isIgnored
		built[row.done+row.why] = true
		t.Run(row.event+" "+row.types+" "+row.when, func(t *testing.T) {
			r := newHubRun(t, githubtest.Start(t))
			r.workflow("release:")
			checkout, want := row.checkouts()[0], row.done
			if want == ifOurs {
				checkout, want = "foreign", isBuilt
			}
			r.checkout(checkout)
			r.onRow(row, row.activities()[0])
			if want != isPublished && want != ifAsked {
				r.vars["INPUT_PUBLISH"] = "true"
			}
			if short {
				r.vars["INPUT_COMMAND"] = "publish"
				if outputs := r.withheld(); outputs["changed"] != "false" {
					t.Errorf("outputs %v", outputs)
				}
				return
			}
			r.expect(want == isPublished, want)
			if want == ifAsked {
				r.vars["INPUT_PUBLISH"] = "true"
				r.expect(true, want)
			}
		})
	}
}

// The decision is the same for all activity types of a row, and for all checkouts that it is about.
func TestEveryActivityType(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not on PATH")
	}
	runs := map[string]*hubRun{}
	checkouts := map[string][]github.Checkout{}
	for _, kind := range checkoutKinds {
		r := newHubRun(t, githubtest.Start(t))
		r.workflow("release:")
		r.checkout(kind)
		runs[kind] = r
		head, err := source.ReadHead(t.Context(), r.dir, r.getenv)
		if err != nil {
			t.Fatal(err)
		}
		checkouts[kind] = []github.Checkout{github.Checkout(head)}
	}
	for _, row := range eventRows {
		for _, kind := range row.checkouts() {
			for _, activity := range row.activities() {
				r, want := runs[kind], row.done
				if want == isError {
					continue
				}
				if want == ifOurs {
					want = map[bool]string{true: isPublished, false: isBuilt}[kind == "own"]
				}
				r.onRow(row, activity)
				e, err := github.ReadEvent(r.getenv)
				if err != nil {
					t.Fatal(err)
				}
				if got := done(e.Refuse(github.HostFrom(r.getenv), checkouts[kind])); got != want {
					t.Errorf("%s %s, %s, checkout %s: %s, want %s", row.event, activity, row.when, kind, got, want)
				}
			}
		}
	}
}

// done returns what the documents call a decision.
func done(r github.Refusal) string {
	switch {
	case r.Reason == "":
		return isPublished
	case r.Nothing:
		return isIgnored
	case r.Final:
		return isBuilt
	}
	return ifAsked
}

func (r *hubRun) getenv(name string) string { return r.vars[name] }

// onRow sets the event of a row.
func (r *hubRun) onRow(row eventRow, activity string) {
	r.t.Helper()
	r.vars["GITHUB_REF"], r.vars["GITHUB_REF_TYPE"], r.vars["GITHUB_REF_NAME"] = "refs/heads/main", "branch", "main"
	payload := "{" + row.payload
	if payload == "{" {
		payload += `"repository":{"full_name":"acme/hello"}`
	}
	if activity != "" {
		payload += `,"action":"` + activity + `"`
	}
	if row.done != isError {
		payload += "}"
	}
	name := row.event
	switch name {
	case "workflow_call": // the called workflow sees the caller's event
		name = "push"
	case "every event", "any other event":
		name = "event_of_tomorrow"
	}
	r.on(name, strings.ReplaceAll(payload, "HEAD", r.vars["HEAD"]))
}

// The table in the documents is the one that the tests try.
func TestEventsInDocuments(t *testing.T) {
	text, err := os.ReadFile("../../docs/action.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Events\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var table strings.Builder
	table.WriteString("| event | activity types | when | what is done | why |\n|---|---|---|---|---|\n")
	for _, row := range eventRows {
		table.WriteString(row.markdown())
	}
	if !strings.Contains(section, "\n\n"+table.String()+"\n") {
		t.Errorf("the table in docs/action.md should be\n%s", &table)
	}
}

// The rows name every event that starts workflows, and every activity type of it.
func TestEventsAreComplete(t *testing.T) {
	for event, types := range activityTypes {
		if len(types) == 0 {
			types = []string{""}
		}
		for _, activity := range types {
			if !slices.ContainsFunc(eventRows, func(row eventRow) bool {
				return row.event == event && slices.Contains(row.activities(), activity)
			}) {
				t.Errorf("no row for %s %s", event, activity)
			}
		}
	}
	for _, row := range eventRows {
		if _, ok := activityTypes[row.event]; !ok && !strings.Contains(row.event, " ") {
			t.Errorf("%s starts no workflow", row.event)
		}
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
	if want == isError {
		if log, _ := r.start(1); !strings.Contains(log, "GITHUB_EVENT_PATH") {
			r.t.Error(log)
		}
		return
	}
	var outputs map[string]string
	if published {
		var log string
		log, outputs = r.start(0)
		if _, err := os.Stat(filepath.Join(r.dir, "bucket", "keys")); err != nil {
			r.t.Errorf("it is not published: %v\n%s", err, log)
		}
	} else {
		outputs = r.withheld()
	}
	if built := outputs["names"] == "hello"; built != (want != isIgnored) {
		r.t.Errorf("built %v, outputs %v", built, outputs)
	}
}

// withheld runs the action, which publishes nothing and says why.
func (r *hubRun) withheld() map[string]string {
	r.t.Helper()
	log, outputs := r.start(0)
	if _, err := os.Stat(filepath.Join(r.dir, "bucket")); err == nil {
		r.t.Errorf("something is published\n%s", log)
	}
	reason := regexp.MustCompile(`(?m)^.*: (the packages are not published|nothing is built or published)$`)
	if said := reason.FindAllString(log, -1); len(said) != 1 {
		r.t.Errorf("it says %q\n%s", said, log)
	}
	return outputs
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
