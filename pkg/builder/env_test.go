package builder

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func environment(t *testing.T, j Job) map[string]string {
	t.Helper()
	list := j.Environment("/home/build")
	if !slices.IsSorted(list) {
		t.Errorf("not sorted: %v", list)
	}
	values := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		if _, twice := values[name]; twice {
			t.Errorf("%s stands twice", name)
		}
		values[name] = value
	}
	return values
}

func outer(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// Without anything from outside, the environment is always the same.
func TestEnvironmentIsFixed(t *testing.T) {
	want := map[string]string{
		"PATH": DefaultPath, "HOME": "/home/build", "USER": "pakman", "LOGNAME": "pakman", "SHELL": "/bin/sh",
		"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": "1700000000",
		"GOFLAGS": "-trimpath -buildvcs=false -modcacherw",
	}
	hostile := outer(map[string]string{"TZ": "Asia/Tokyo", "LANG": "tr_TR", "USER": "root", "GOFLAGS": "-race", "LD_PRELOAD": "x"})
	for _, o := range []func(string) string{nil, hostile} {
		if diff := cmp.Diff(want, environment(t, Job{Inputs: Inputs{Epoch: 1700000000}, Run: Run{Outer: o}})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEnvironmentTakesTheAllowed(t *testing.T) {
	got := environment(t, Job{Inputs: Inputs{
		Env: map[string]string{"MODE": "production", "GOPROXY": "off"},
	}, Run: Run{
		CacheDir: "/cache",
		Outer: outer(map[string]string{
			"PATH": "/opt/bin:/bin", "https_proxy": "http://proxy", "SSL_CERT_FILE": "/ca.pem", "GOPROXY": "direct", "CI": "true",
			"HOME": "/home/dev", "GOCACHE": "/home/dev/.cache",
		}),
	}})
	for name, want := range map[string]string{
		"PATH": "/opt/bin:/bin", "https_proxy": "http://proxy", "SSL_CERT_FILE": "/ca.pem", "CI": "true",
		"HOME": "/home/build", "RUSTUP_HOME": "/home/dev/.rustup", "GOCACHE": "/cache/go-build", "npm_config_cache": "/cache/npm",
		"YARN_GLOBAL_FOLDER": "/cache/yarn-berry", "pnpm_config_store_dir": "/cache/pnpm",
		"MODE": "production", "GOPROXY": "off",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}

// What a runner of GitHub hands to this program stays here.
func TestEnvironmentLeavesSecretsOutside(t *testing.T) {
	asked := map[string]bool{}
	environment(t, Job{Run: Run{Outer: func(name string) string { asked[name] = true; return "secret" }}})
	for name := range asked {
		for _, prefix := range []string{"INPUT_", "AWS_", "GITHUB_", "ACTIONS_", "RUNNER_", "INSTELLAR_", "SSH_", "DOCKER_"} {
			if strings.HasPrefix(name, prefix) || strings.Contains(name, "TOKEN") || strings.Contains(name, "PASS") {
				t.Errorf("%s is asked for", name)
			}
		}
	}
}

func TestCommandErrorSays(t *testing.T) {
	for want, e := range map[string]*CommandError{
		"build failed with exit code 7":                           {Function: "build", ExitCode: 7},
		"on Alpine it comes with the package nodejs":              {Function: "build", ExitCode: 127, Missing: "node", Package: "nodejs"},
		"the command frob was not found; name the Alpine package": {Function: "check", ExitCode: 127, Missing: "frob"},
	} {
		if !strings.Contains(e.Error(), want) {
			t.Errorf("%q has no %q", e.Error(), want)
		}
	}
	if err := Refuse("%s: %d", "a", 1); err.Error() != "a: 1" {
		t.Error(err)
	}
}

// pnpm before version 11 is told by its own file; without a cache there is none.
func TestConfigure(t *testing.T) {
	home := t.TempDir()
	if err := (Job{}).Configure(home); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
	if err := (Job{Run: Run{CacheDir: "/cache"}}).Configure(home); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(home, ".config", "pnpm", "rc"))
	if err != nil || string(text) != "store-dir=/cache/pnpm\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// The document that says what a build can see names every variable of the allow-list.
func TestEnvironmentIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "isolation.md"))
	if err != nil {
		t.Fatal(err)
	}
	proxies := []string{"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} // "the proxy variables"
	for _, name := range inherited {
		if !slices.Contains(proxies, name) && !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/isolation.md does not name %s", name)
		}
	}
}
