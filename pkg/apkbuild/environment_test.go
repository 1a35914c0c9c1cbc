package apkbuild

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const botToken = "s3cret-bot-token"

// platform is the instance's socket, and the server that its configuration names.
type platform struct {
	config map[string]string // of the instance; URL stands for the server's
	answer int               // of the server
	body   string
	asked  []string // what the server was asked for, with the authorization
}

// start serves p and returns the socket's path.
func (p *platform) start(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked = append(p.asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")))
		w.WriteHeader(p.answer)
		_, _ = w.Write([]byte(p.body))
	}))
	t.Cleanup(server.Close)
	// A socket's path is short; a test's directory may not be.
	dir, err := os.MkdirTemp("", "lxd") //nolint:usetesting // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	lxd := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, ok := p.config[strings.TrimPrefix(r.URL.Path, "/1.0/config/")]
		if !ok || r.Method != http.MethodGet {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(value, "URL", server.URL)))
	}))
	lxd.Listener = listener
	lxd.Start()
	t.Cleanup(lxd.Close)
	return socket
}

// variables writes the platform's answer.
func variables(t *testing.T, v map[string]any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"data": map[string]any{"attributes": map[string]any{"variables": v}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// loaded sources the loader in a shell and returns the environment that it leaves, the arguments that curl and jq got,
// and what was printed.
func loaded(t *testing.T, shell []string, socket string) (env map[string]string, argv, printed string) {
	t.Helper()
	for _, tool := range []string{"curl", "jq", "base64"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := t.TempDir()
	loader := filepath.Join(dir, "environment")
	body := strings.Replace(readDirectory(t, "testdata/node-s6-loader")["kiosk.environment"], "socket=/dev/lxd/sock", "socket="+socket, 1)
	writeFile(t, loader, body)
	for _, tool := range []string{"curl", "jq"} {
		real, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, tool), "#!/bin/sh\nprintf '%s\\n' \"$@\" >> "+dir+"/argv\nexec "+real+" \"$@\"\n")
	}
	script := `. "$1" || export FAILED=1; printf '%s' "after:$IFS" > "$2/after"; env -0 > "$2/env"`
	cmd := exec.Command(shell[0], append(shell[1:], "-c", script, "sh", loader, dir)...)
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", shell, err, out)
	}
	files := readDirectory(t, dir)
	if files["after"] != "after: \t\n" {
		t.Errorf("%v: IFS became %q", shell, files["after"])
	}
	env = map[string]string{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(files["env"], "\x00"), "\x00") {
		name, value, _ := strings.Cut(entry, "=")
		if !slices.Contains([]string{"PATH", "HOME", "PWD", "OLDPWD", "SHLVL", "_"}, name) {
			env[name] = value
		}
	}
	return env, files["argv"], string(out)
}

func writeFile(t *testing.T, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestEnvironmentLoader(t *testing.T) {
	const quotes = `it's "$HOME" $(touch pwned) \ ` + "`x`"
	hard := map[string]any{"PORT": "3000", "QUOTES": quotes, "LINES": "a\nb\n\nc", "EMPTY": "", "NUMBER": 5, "YES": true,
		"UTF": "é ☃", "NULL": nil, "bad-name": "x", "1ST": "x", "A\nB": "x", "IFS": "x", "OPTIND": "x", "NUL": "a\x00b",
		"TREE": map[string]any{"a": 1}}
	want := map[string]string{"PORT": "3000", "QUOTES": quotes, "LINES": "a\nb\n\nc", "EMPTY": "", "NUMBER": "5", "YES": "true",
		"UTF": "é ☃",
		"NUL": "ab", "TREE": `{"a":1}`}
	data := base64.StdEncoding.EncodeToString([]byte(variables(t, map[string]any{"FROM": "data"})))
	for _, tc := range []struct {
		name string
		p    platform
		want map[string]string
		ask  []string
	}{
		{"uplink", platform{config: map[string]string{"user.managed_by": "uplink", "user.install_variables_endpoint": "URL/vars",
			"user.INSTELLAR_BOT_TOKEN": botToken},
			answer: 200, body: variables(t, hard)}, want, []string{"GET /vars"}},
		{"bot", platform{config: map[string]string{"user.INSTELLAR_INSTALLATION_ENDPOINT": "URL/inst", "user.INSTELLAR_BOT_TOKEN": botToken,
			"user.INSTELLAR_INSTALLATION_DATA": data},
			answer: 200, body: variables(t, hard)}, want, []string{"GET /inst Bearer " + botToken}},
		{"data when the server fails", platform{config: map[string]string{"user.managed_by": "other",
			"user.INSTELLAR_INSTALLATION_ENDPOINT": "URL/inst",
			"user.INSTELLAR_BOT_TOKEN":             botToken, "user.INSTELLAR_INSTALLATION_DATA": data}, answer: 500,
			body: variables(t, hard)},
			map[string]string{"FROM": "data"}, []string{"GET /inst Bearer " + botToken}},
		{"data when the server answers 204", platform{config: map[string]string{"user.INSTELLAR_INSTALLATION_ENDPOINT": "URL/inst",
			"user.INSTELLAR_INSTALLATION_DATA": data},
			answer: 204}, map[string]string{"FROM": "data"}, []string{"GET /inst"}},
		{"data alone", platform{config: map[string]string{"user.INSTELLAR_INSTALLATION_DATA": data}}, map[string]string{"FROM": "data"},
			nil},
		{"hostile URL", platform{config: map[string]string{"user.INSTELLAR_INSTALLATION_ENDPOINT": "URL/\"\noutput = \"/tmp/x",
			"user.INSTELLAR_INSTALLATION_DATA": data}},
			map[string]string{"FROM": "data"}, nil},
		{"file URL", platform{config: map[string]string{"user.INSTELLAR_INSTALLATION_ENDPOINT": "file:///etc/passwd"}}, map[string]string{"FAILED": "1"},
			nil},
		{"not JSON", platform{config: map[string]string{"user.INSTELLAR_INSTALLATION_ENDPOINT": "URL/x"}, answer: 200,
			body: "<html>$(touch pwned)"}, map[string]string{"FAILED": "1"}, []string{"GET /x"}},
		{"a list", platform{config: map[string]string{"user.INSTELLAR_INSTALLATION_ENDPOINT": "URL/x"}, answer: 200,
			body: `{"data":{"attributes":{"variables":[1]}}}`},
			map[string]string{}, []string{"GET /x"}},
		{"the server fails", platform{config: map[string]string{"user.managed_by": "uplink", "user.install_variables_endpoint": "URL/vars"},
			answer: 503}, map[string]string{"FAILED": "1"}, []string{"GET /vars"}},
		{"managed without variables", platform{config: map[string]string{"user.managed_by": "uplink"}}, map[string]string{}, nil},
		{"nothing configured", platform{}, map[string]string{}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			socket := tc.p.start(t)
			for _, shell := range shells(t) {
				tc.p.asked = nil
				env, argv, printed := loaded(t, shell, socket)
				if diff := cmp.Diff(tc.want, env); diff != "" {
					t.Errorf("%v: environment (-want +got)\n%s", shell, diff)
				}
				if diff := cmp.Diff(tc.ask, tc.p.asked); diff != "" {
					t.Errorf("%v: requests (-want +got)\n%s", shell, diff)
				}
				if printed != "" {
					t.Errorf("%v: printed %q", shell, printed)
				}
				if argv == "" || strings.Contains(argv, botToken) {
					t.Errorf("%v: arguments %q", shell, argv)
				}
			}
		})
	}
}

func TestEnvironmentLoaderWithoutPlatform(t *testing.T) {
	for _, shell := range shells(t) {
		env, argv, printed := loaded(t, shell, "/nonexistent/sock")
		if len(env) > 0 || argv != "" || printed != "" {
			t.Errorf("%v: %v, %q, %q", shell, env, argv, printed)
		}
	}
}
