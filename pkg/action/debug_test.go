package action

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

// Debug logging shows requests, decisions and names, and no secret.
func TestDebugLog(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	r.onTag("v1.2.0")
	if err := os.Chmod(filepath.Dir(r.dir), 0o755); err != nil { // the build's user reaches the cache
		t.Fatal(err)
	}
	r.vars["INPUT_RELEASE-ASSETS"], r.vars["INPUT_CACHE-DIR"] = "true", "kept"
	r.vars["INPUT_BUILD-ENV"], r.vars["SOURCE_DATE_EPOCH"] = "MY_TOKEN=a-value-that-nobody-sees", "1700000000"
	for _, run := range []struct{ debug, force, cache string }{
		{"1", "", "it has no packages of the digest "}, {"1", "", "it has the packages of the digest "},
		{"", "", "it has the packages of the digest "}, {"1", "true", "not looked at, because force is set"},
	} {
		r.vars["RUNNER_DEBUG"], r.vars["INPUT_FORCE"] = run.debug, run.force
		log, _ := r.start(0)
		for _, line := range []string{
			"::debug::GET " + r.server.URL + "/repos/acme/hello/releases/tags/v1.2.0: ", " INPUT_SIGNING-KEY ", " MY_TOKEN ",
			"::debug::plan: hello 1.2.0-r3 from ", "::debug::the build's environment: ", "::debug::cache: " + run.cache,
		} {
			if strings.Contains(log, line) != (run.debug == "1") {
				t.Errorf("RUNNER_DEBUG=%s: whether there is %q is wrong in\n%s", run.debug, line, log)
			}
		}
		if strings.Contains(log, "a-value-that-nobody-sees") {
			t.Errorf("the value is shown:\n%s", log)
		}
	}
}

// roundTrip is a server.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A request is shown without what may be secret in it.
func TestTracedRequest(t *testing.T) {
	for _, tc := range []struct {
		address, want string
		private       bool
		answer        error
	}{
		{"https://u:pw@example.org/bucket/a%20b.apk?X-Amz-Signature=5ec", "::debug::GET https://example.org/bucket/a b.apk: 200 OK after ", false, nil},
		{"https://example.org/packages/tok3n/x", "::debug::GET https://example.org/packages/***/x: 200 OK after ", false, nil},
		{"https://example.org/services/T0/B0", "::debug::GET https://example.org/…: 200 OK after ", true, nil},
		{"https://example.org/x", "::debug::GET https://example.org/x: no way with *** after ", false, errors.New("no way with tok3n")},
		{"https://example.org/a%0a::error::x", "::debug::GET https://example.org/a ::error::x: 200 OK after ", false, nil},
	} {
		var out strings.Builder
		c := newTestConsole(&out)
		c.debugging = true
		next := roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{Status: "200 OK", Body: http.NoBody}, tc.answer
		})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tc.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := traced{next: next, console: c, secrets: []string{"", "tok3n"}, private: tc.private}.RoundTrip(r)
		if err == nil {
			_ = response.Body.Close()
		}
		if !strings.HasPrefix(out.String(), tc.want) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: %q", tc.address, &out)
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
