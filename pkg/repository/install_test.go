package repository_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// machine is a fresh root with one line in /etc/apk/repositories, and the key.
type machine struct {
	program, root string
	options       []string
}

func newMachine(t *testing.T, program, line string, key *apk.PrivateKey) *machine {
	t.Helper()
	m := &machine{program: program, root: t.TempDir()}
	m.options = []string{"--root", m.root, "--arch", "x86_64"}
	if os.Geteuid() != 0 {
		m.options = append(m.options, "--usermode") // of apk 3
	}
	m.run(t, "add", "--initdb")
	for name, text := range map[string][]byte{"etc/apk/repositories": []byte(line + "\n"),
		"etc/apk/keys/" + key.Public().Name: key.Public().PEM()} {
		path := filepath.Join(m.root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m *machine) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(m.program, append(m.options, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil || strings.Contains(out.String(), "WARNING") || strings.Contains(out.String(), "UNTRUSTED") {
		t.Errorf("%s: %v\n%s", cmd, err, &out)
	}
	return out.String()
}

// A real apk updates, searches, installs and upgrades, by each of the indexes.
func TestInstallWithAPK(t *testing.T) {
	program, err := exec.LookPath("apk")
	if err != nil {
		t.Skip("apk is not on PATH")
	}
	version, err := exec.Command(program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{""}
	if strings.HasPrefix(string(version), "apk-tools 3") {
		lines = append(lines, "v3 ")
	} else if os.Geteuid() != 0 {
		t.Skip("apk 2 installs as root only")
	}
	for _, prefix := range lines {
		for _, remote := range []bool{false, true} {
			key := testKey(t)
			st := newDir(t)
			publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "one", key),
				mustPack(t, "fonts", "1-r0", "noarch", "fonts", key)))
			url := strings.TrimPrefix(st.URL(main.Branch+"/"+main.Repository), "file://")
			if remote {
				files := http.FileServer(http.Dir(strings.TrimSuffix(url, main.Branch+"/"+main.Repository)))
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					r.Header.Del("If-Modified-Since") // counts whole seconds, and this test is faster
					files.ServeHTTP(w, r)
				}))
				t.Cleanup(server.Close)
				url = server.URL + "/" + main.Branch + "/" + main.Repository
			}
			m := newMachine(t, program, prefix+url, key)
			m.run(t, "update")
			if out := m.run(t, "search", "blog"); !strings.Contains(out, "blog-1.0-r0") {
				t.Errorf("%s%s: search says %s", prefix, url, out)
			}
			m.run(t, "add", "blog")
			publish(t, st, request(key, mustPack(t, "blog", "1.1-r0", "x86_64", "two", key)))
			m.run(t, "update")
			m.run(t, "upgrade")
			if text, err := os.ReadFile(filepath.Join(m.root, "file")); string(text) != "two" {
				t.Errorf("%s%s: after the upgrade the file holds %q, %v", prefix, url, text, err)
			}
			m.run(t, "del", "blog")
			m.run(t, "add", "fonts") // noarch
			if out := m.run(t, "policy", "blog"); !strings.Contains(out, "1.1-r0") || !strings.Contains(out, "1.0-r0") {
				t.Errorf("%s%s: policy says %s", prefix, url, out)
			}
		}
	}
}
