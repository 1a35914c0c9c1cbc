package action

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

// Debug logging shows requests and names, and no secret.
func TestDebugLog(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	r.onTag("v1.2.0")
	r.vars["INPUT_RELEASE-ASSETS"] = "true"
	for debug, want := range map[string]bool{"": false, "1": true} {
		r.vars["RUNNER_DEBUG"] = debug
		log, _ := r.start(0)
		for _, line := range []string{"::debug::GET " + r.server.URL + "/repos/acme/hello/releases/tags/v1.2.0: ", " INPUT_SIGNING-KEY "} {
			if strings.Contains(log, line) != want {
				t.Errorf("RUNNER_DEBUG=%s: %q is %v in\n%s", debug, line, !want, log)
			}
		}
	}
}

// An address of the container itself is told.
func TestLocalhostOfTheContainer(t *testing.T) {
	for endpoint, want := range map[string]int{"http://localhost:9000": 1, "http://127.0.0.1": 1, "http://minio:9000": 0, "": 0} {
		var s settings
		s.build.Bucket.Config.Endpoint = endpoint
		for container, most := range map[string]int{"1": 1, "": 0} {
			got := itself(&s, func(string) string { return container })
			if len(got) != min(want, most) {
				t.Errorf("%s in container %q: %v", endpoint, container, got)
			}
		}
	}
}

// Paths of the runner's machine are those of the container, where the machine's are not there.
func TestPathsOfTheMachine(t *testing.T) {
	vars := map[string]string{"GITHUB_REPOSITORY": "acme/hello", "RUNNER_WORKSPACE": "/no/such/work/hello",
		"GITHUB_WORKSPACE": "/github/workspace", "RUNNER_TEMP": "/github/runner_temp"}
	for path, want := range map[string]string{
		"/no/such/work/hello/hello":            "/github/workspace",
		"/no/such/work/hello/hello/api\nweb\n": "/github/workspace/api\nweb\n",
		"/no/such/work/_temp/ca.pem":           "/github/runner_temp/ca.pem",
		"/no/such/work/hello/hello-more":       "/no/such/work/hello/hello-more",
		"packages":                             "packages",
		"/etc/ssl/ca.pem":                      "/etc/ssl/ca.pem",
	} {
		if got := inContainer(path, func(name string) string { return vars[name] }); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	machine := t.TempDir()
	vars["RUNNER_WORKSPACE"] = machine
	if err := os.Mkdir(filepath.Join(machine, "hello"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(machine, "hello", "api")
	if got := inContainer(path, func(name string) string { return vars[name] }); got != path {
		t.Errorf("on the machine: %q", got)
	}
}
