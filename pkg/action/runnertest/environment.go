package runnertest

import (
	"maps"
	"strings"
)

// Event is what started a workflow, with the variables that depend on it and its payload, in the shapes of
// https://docs.github.com/en/webhooks/webhook-events-and-payloads as far as anyone reads them.
type Event struct {
	Name, Ref, RefType, HeadRef, BaseRef string
	Payload                              string // JSON
}

const (
	sha        = "0123456789abcdef0123456789abcdef01234567"
	repository = `"repository":{"id":42,"name":"hello","full_name":"Acme/hello","private":false,"fork":false,"owner":{"login":"Acme"},"default_branch":"main"}`
)

// Events returns one event of each kind that starts the action.
func Events() map[string]Event {
	pull := func(full string, fork string) string {
		return `{"action":"synchronize","number":7,"pull_request":{"number":7,"head":{"ref":"fix","sha":"` + sha +
			`","repo":{"full_name":"` + full + `","fork":` + fork + `}},` +
			`"base":{"ref":"main","repo":{"full_name":"Acme/hello","fork":false}}},` + repository + `}`
	}
	return map[string]Event{
		"push": {Name: "push", Ref: "refs/heads/main", RefType: "branch",
			Payload: `{"ref":"refs/heads/main","before":"` + strings.Repeat("0", 40) + `","after":"` + sha + `",` + repository + `}`},
		"tag": {Name: "push", Ref: "refs/tags/v1.2.3", RefType: "tag",
			Payload: `{"ref":"refs/tags/v1.2.3","created":true,"after":"` + sha + `",` + repository + `}`},
		"release": {Name: "release", Ref: "refs/tags/v1.2.3", RefType: "tag",
			Payload: `{"action":"published","release":{"id":1,"tag_name":"v1.2.3","draft":false,"prerelease":false,"name":"1.2.3"},` +
				repository + `}`},
		"pull request": {Name: "pull_request", Ref: "refs/pull/7/merge", RefType: "branch", HeadRef: "fix", BaseRef: "main",
			Payload: pull("Acme/hello", "false")},
		"fork": {Name: "pull_request", Ref: "refs/pull/7/merge", RefType: "branch", HeadRef: "fix", BaseRef: "main",
			Payload: pull("Someone/hello", "true")},
		"workflow_dispatch": {Name: "workflow_dispatch", Ref: "refs/heads/main", RefType: "branch",
			Payload: `{"inputs":{"level":"x"},"ref":"refs/heads/main",` + repository + `}`},
		"schedule": {Name: "schedule", Ref: "refs/heads/main", RefType: "branch", Payload: `{"schedule":"0 5 * * 1",` + repository + `}`},
	}
}

// environment returns the environment of an action's container: docker run's -e and the image's PATH.
func (r *Runner) environment(s Step, output, summary string) []string {
	workspace := r.Path("workspace")
	refName := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s.Event.Ref, "refs/heads/"), "refs/tags/"), "refs/pull/")
	vars := map[string]string{
		"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": r.Path("home"), "HOSTNAME": "3f2a77c1b0de",
		"CI":             "true",
		"GITHUB_ACTIONS": "true", "GITHUB_ACTION": "pakman", "GITHUB_ACTION_REPOSITORY": "pakman/build", "GITHUB_ACTION_REF": "v1",
		"GITHUB_ACTOR": "someone", "GITHUB_ACTOR_ID": "1", "GITHUB_TRIGGERING_ACTOR": "someone",
		"GITHUB_API_URL": "https://api.github.com", "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
		"GITHUB_EVENT_NAME":  s.Event.Name, "GITHUB_EVENT_PATH": r.Path("workflow", "event.json"),
		"GITHUB_REF": s.Event.Ref, "GITHUB_REF_NAME": refName, "GITHUB_REF_TYPE": s.Event.RefType, "GITHUB_REF_PROTECTED": "false",
		"GITHUB_HEAD_REF": s.Event.HeadRef, "GITHUB_BASE_REF": s.Event.BaseRef, "GITHUB_SHA": sha,
		"GITHUB_REPOSITORY": "Acme/hello", "GITHUB_REPOSITORY_ID": "42", "GITHUB_REPOSITORY_OWNER": "Acme",
		"GITHUB_REPOSITORY_OWNER_ID": "43",
		"GITHUB_RUN_ID":              "9001", "GITHUB_RUN_NUMBER": "12", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_RETENTION_DAYS": "90",
		"GITHUB_JOB":      "package",
		"GITHUB_WORKFLOW": "Package", "GITHUB_WORKFLOW_REF": "Acme/hello/.github/workflows/package.yml@" + s.Event.Ref,
		"GITHUB_WORKFLOW_SHA": sha,
		"GITHUB_WORKSPACE":    workspace, "GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary,
		"GITHUB_ENV":  r.Path("file_commands", "set_env_0c5e"),
		"GITHUB_PATH": r.Path("file_commands", "add_path_0c5e"), "GITHUB_STATE": r.Path("file_commands", "save_state_0c5e"),
		"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_NAME": "GitHub Actions 2", "RUNNER_ENVIRONMENT": "github-hosted",
		"RUNNER_TEMP":      r.Path("runner_temp"),
		"RUNNER_WORKSPACE": "/home/runner/work/hello", "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
		"ACTIONS_RUNTIME_URL": "https://pipelines.actions.githubusercontent.com/x/", "ACTIONS_RUNTIME_TOKEN": RuntimeToken,
		"ACTIONS_CACHE_URL":   "https://acghubeus2.actions.githubusercontent.com/x/",
		"ACTIONS_RESULTS_URL": "https://results-receiver.invalid/", // no test asks GitHub
	}
	expressions := strings.NewReplacer("${{ github.token }}", JobToken, "${{ strategy.job-total }}", "1")
	for name, value := range r.inputs {
		vars[inputVariable(name)] = expressions.Replace(value)
	}
	for name, value := range s.With {
		vars[inputVariable(name)] = value
	}
	maps.Copy(vars, s.Env)
	var env []string
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	return env
}

// JobToken is what github.token evaluates to.
const JobToken = "ghs_of_the_job"

// RuntimeToken is the job's own token, which the runner gives to every step, and no build may see.
const RuntimeToken = "runtime-token-of-the-job"

// inputVariable returns how the runner passes an input on: spaces become underscores, dashes stay.
func inputVariable(name string) string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(name, " ", "_"))
}
