package builder

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Of a home directory, a build sees the toolchains whose programs are on PATH, and no more.
func TestToolchains(t *testing.T) {
	homes := []string{"/home/ada"}
	for value, want := range map[string][]string{
		"/home/ada/.nvm/versions/node/v24/bin":    {"/home/ada/.nvm"},
		"/home/ada/go/bin:/usr/bin":               {"/home/ada/go", "/usr/bin"},
		"/home/ada/.local/share/mise/shims":       {"/home/ada/.local/share/mise"},
		"/home/ada/.config/composer/vendor/bin":   {"/home/ada/.config/composer"},
		"/home/ada/.ssh":                          {"/home/ada/.ssh"},
		"/home/ada/.nvm/../.ssh/bin":              {"/home/ada/.ssh/bin"},
		"relative/bin":                            nil,
		"/home/adam/.nvm/versions/node/v24/bin/x": {"/home/adam/.nvm/versions/node/v24/bin/x"},
	} {
		if got := named("PATH", value, homes); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
	if got := named("SSL_CERT_FILE", "/home/ada/certificates/ca.pem", homes); !slices.Equal(got, []string{"/home/ada/certificates/ca.pem"}) {
		t.Errorf("a certificate shows %v", got)
	}
	local := named("PATH", "/home/ada/.local/bin", homes)
	if !slices.Contains(local, "/home/ada/.local/bin") || !slices.Contains(local, "/home/ada/.local/share/uv") ||
		slices.Contains(local, "/home/ada/.local") || slices.Contains(local, "/home/ada/.local/share") {
		t.Errorf(".local/bin shows %v", local)
	}
}

// A build in a root sees the root's own programs whatever the environment names, of the machine its caches and the certificates.
func TestRootIsNotCovered(t *testing.T) {
	cache := t.TempDir()
	j := Job{
		Inputs: Inputs{Env: map[string]string{"CC": "/usr/bin/gcc", "GOCACHE": "/own/cache", "PIP_CERT": "/own/pip.pem"}},
		Run: Run{Root: "/root-of-alpine", Workspace: "/work", CacheDir: cache, Outer: func(name string) string {
			return map[string]string{"PATH": "/opt/bin", "SHELL": "/bin/sh", "SSL_CERT_FILE": "/ca.pem", "SSL_CERT_DIR": "/etc/a:/etc/b"}[name]
		}},
	}
	policy, err := j.policy()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(policy.Show)
	if want := []string{"/ca.pem", "/etc/a", "/etc/b", "/own/pip.pem"}; !slices.Equal(policy.Show, want) {
		t.Errorf("it sees %v, want %v", policy.Show, want)
	}
	if want := []string{cache, "/own/cache"}; !slices.Equal(policy.Write, want) {
		t.Errorf("it writes to %v, want %v", policy.Write, want)
	}
	j.Root = ""
	if policy, err = j.policy(); err != nil || !slices.Contains(policy.Show, "/usr/bin/gcc") || !slices.Contains(policy.Show, "/opt/bin") {
		t.Errorf("without a root it sees %v, %v", policy.Show, err)
	}
}

// Each variable and each file of credentials that docs/isolation.md names as hidden is hidden.
func TestHiddenPlacesAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "isolation.md"))
	if err != nil {
		t.Fatal(err)
	}
	j := Job{Run: Run{Outer: func(name string) string { return "/places/" + name + "/file" }}}
	policy, err := j.policy()
	if err != nil {
		t.Fatal(err)
	}
	paragraph := func(begin string) []string {
		_, rest, found := strings.Cut(string(text), "- **"+begin+".**")
		if !found {
			t.Fatalf("docs/isolation.md has no paragraph %s", begin)
		}
		rest, _, _ = strings.Cut(rest, "\n- **")
		var words []string
		for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(rest, -1) {
			words = append(words, match[1])
		}
		return words
	}
	variables := slices.DeleteFunc(paragraph("Hidden places"), func(word string) bool { return strings.ToUpper(word) != word })
	if len(variables) < 8 {
		t.Errorf("only the variables %v are documented", variables)
	}
	for _, name := range variables {
		hidden := func(place string) bool { return place == "/places/"+name || place == "/places/"+name+"/file" }
		if !slices.ContainsFunc(policy.Hide, hidden) {
			t.Errorf("the place in %s is not hidden", name)
		}
	}
	files := paragraph("Credentials in the home directory")
	if len(files) < 3 {
		t.Errorf("only the files %v are documented", files)
	}
	home := j.homes()[0]
	for _, file := range files {
		if !slices.Contains(policy.Hide, filepath.Join(home, strings.TrimPrefix(file, "~/"))) {
			t.Errorf("%s is not hidden", file)
		}
	}
}

// The places of secrets are those of the home, of the sockets and of the variables, as far as a build can do without them.
func TestSecretPlaces(t *testing.T) {
	variables := map[string]string{"HOME": "/home/ada", "AWS_CONFIG_FILE": "/opt/aws/config", "RUNNER_TEMP": "/usr",
		"GITHUB_ENV": "/opt/runner/set_env_1"}
	places := SecretPlaces(func(name string) string { return variables[name] })
	for place, want := range map[string]bool{"/home/ada": true, "/home/ada/.m2/settings.xml": true, "/run": true,
		"/opt/aws/config": true, "/opt/runner": true, "/usr": false, "": false} {
		if slices.Contains(places, place) != want {
			t.Errorf("%q: %v, want %v", place, !want, want)
		}
	}
}
