package github

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/secret"
)

func TestReadEvent(t *testing.T) {
	base := `"base":{"sha":"b0","ref":"main","repo":{"full_name":"acme/hello"}}`
	for name, tc := range map[string]struct {
		vars map[string]string
		file string
		want Event
	}{
		"push": {map[string]string{"GITHUB_EVENT_NAME": "push"}, `{"before":"a1","after":"a2","forced":true}`,
			Event{Name: "push", Base: "a1", Rewritten: true}},
		"first push": {map[string]string{"GITHUB_EVENT_NAME": "push"}, `{"before":"0000000000000000000000000000000000000000"}`,
			Event{Name: "push"}},
		"tag": {map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1"},
			`{"before":"0000000000000000000000000000000000000000"}`, Event{Name: "push", Tag: "v1"}},
		"release": {map[string]string{"GITHUB_EVENT_NAME": "release", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.2"},
			`{"action":"published","release":{"id":77,"tag_name":"v1.2","draft":false}}`,
			Event{Name: "release", Action: "published", Tag: "v1.2", ReleaseID: 77}},
		"pull request": {map[string]string{"GITHUB_EVENT_NAME": "pull_request"},
			`{"pull_request":{"head":{"sha":"h","repo":{"full_name":"Acme/hello"}},` + base + `}}`,
			Event{Name: "pull_request", PullRequest: true, Base: "b0"}},
		"fork": {map[string]string{"GITHUB_EVENT_NAME": "pull_request"},
			`{"pull_request":{"head":{"sha":"h","repo":{"full_name":"eve/hello"}},` + base + `}}`,
			Event{Name: "pull_request", PullRequest: true, Base: "b0", Fork: "eve/hello"}},
		"deleted fork": {map[string]string{"GITHUB_EVENT_NAME": "pull_request_target"},
			`{"pull_request":{"head":{"sha":"h","repo":null},` + base + `}}`,
			Event{Name: "pull_request_target", PullRequest: true, Base: "b0", Fork: "a deleted repository"}},
		"merge queue": {map[string]string{"GITHUB_EVENT_NAME": "merge_group"}, `{"merge_group":{"base_sha":"b1","head_sha":"h"}}`,
			Event{Name: "merge_group", Base: "b1"}},
		"by hand": {map[string]string{"GITHUB_EVENT_NAME": "workflow_dispatch"}, `{"inputs":null,"ref":"refs/heads/main"}`,
			Event{Name: "workflow_dispatch"}},
		"schedule": {map[string]string{"GITHUB_EVENT_NAME": "schedule"}, `{"schedule":"17 4 * * 1"}`, Event{Name: "schedule"}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.vars["GITHUB_EVENT_PATH"] = filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(tc.vars["GITHUB_EVENT_PATH"], []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadEvent(func(k string) string { return tc.vars[k] })
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
	for _, name := range []string{"", "/nowhere/event.json"} {
		if got, err := ReadEvent(func(k string) string {
			return map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": name}[k]
		}); err != nil || got.Name != "push" {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
}

func TestHost(t *testing.T) {
	for name, tc := range map[string]struct {
		vars map[string]string
		want Host
	}{
		"nothing": {nil, Host{"GitHub", "https://github.com", "https://api.github.com"}},
		"enterprise": {map[string]string{"GITHUB_SERVER_URL": "https://ghe.example", "GITHUB_API_URL": "https://ghe.example/api/v3"},
			Host{"GitHub", "https://ghe.example", "https://ghe.example/api/v3"}},
		"Gitea": {map[string]string{"GITEA_ACTIONS": "true", "GITHUB_SERVER_URL": "https://git.example/",
			"GITHUB_API_URL": "https://git.example/api/v1"}, Host{"Gitea", "https://git.example", "https://git.example/api/v1"}},
		"Forgejo": {map[string]string{"GITEA_ACTIONS": "true", "FORGEJO_ACTIONS": "true"},
			Host{"Forgejo", "https://github.com", "https://api.github.com"}},
	} {
		got := HostFrom(func(k string) string { return tc.vars[k] })
		if got != tc.want || got.Forge() != (got.Name != "GitHub") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	host := HostFrom(func(string) string { return "" })
	for want, o := range map[string]Options{
		"OWNER/NAME":     {Host: host, Repository: "hello", Token: secret.New("x")},
		"github-token":   {Host: host, Repository: "acme/hello"},
		"GITHUB_API_URL": {Host: Host{API: "ftp://x"}, Repository: "acme/hello", Token: secret.New("x")},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
