package cli

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/store/s3/s3test"
)

var at = regexp.MustCompile(`the line for /etc/apk/repositories: (\S+)`)

// A private bucket becomes a repository on this machine: list and verify read it as one of the web, with a password, until the
// server is told to end.
func TestServe(t *testing.T) {
	server := s3test.Start(t)
	bucket := "s3://" + server.Bucket(t, "") + "/alpine"
	work := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(work, "pakman") // testscript runs a command when the test binary is called by its name
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(work, "app")
	if err := os.Mkdir(app, 0o755); err != nil {
		t.Fatal(err)
	}
	yaml := "name: hello\nversion: 1.0.0\narchitectures: [noarch]\nbuild:\n  destinations: ['*']\n"
	if err := os.WriteFile(filepath.Join(app, "pakman.yml"), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(app, "site.txt"), []byte("Hello.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	command := func(env []string, args ...string) *exec.Cmd {
		cmd := exec.Command(link, args...)
		cmd.Dir = work
		cmd.Env = append([]string{"HOME=" + work, "PATH=" + os.Getenv("PATH")}, env...)
		return cmd
	}
	if out, err := command(server.Env(), "build", "app", "--builder", "native", "--output", filepath.Join(work, "out"), "--bucket",
		bucket, "--signing-key", signingKey(t)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	cmd := command(append(server.Env(), "PAKMAN_SERVE_PASSWORD=hunter2"), "repo", "serve", bucket+"/v3.24/main", "--listen", "127.0.0.1:0",
		"--user", "fleet")
	var log safeBuffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	line := waitForLine(t, &log, ended)

	if status := get(t, line+"/x86_64/APKINDEX.tar.gz", ""); status != http.StatusUnauthorized {
		t.Errorf("without a password: %d", status)
	}
	if status := get(t, line+"/x86_64/APKINDEX.tar.gz", "hunter2"); status != http.StatusOK {
		t.Errorf("with the password: %d", status)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
	if strings.Contains(log.String(), "hunter2") || !strings.Contains(log.String(), "status=200") {
		t.Errorf("%s", log.String())
	}

	cmd = command(server.Env(), "repo", "serve", bucket+"/v3.24/main", "--listen", "127.0.0.1:0")
	log = safeBuffer{}
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- cmd.Wait() }()
	line = waitForLine(t, &log, ended)
	for what, want := range map[string]string{"list": "hello    1.0.0-r0", "verify": "2 packages"} {
		if out, err := command(nil, "repo", what, line).CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("repo %s: %v\n%s", what, err, out)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
	if strings.Contains(log.String(), "status=5") {
		t.Errorf("%s", log.String())
	}
}

func waitForLine(t *testing.T, log *safeBuffer, ended <-chan error) string {
	t.Helper()
	for range 6000 {
		if found := at.FindStringSubmatch(log.String()); found != nil {
			return found[1]
		}
		select {
		case err := <-ended:
			t.Fatalf("ended: %v\n%s", err, log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("nothing is served:\n%s", log.String())
	return ""
}

func get(t *testing.T, url, password string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if password != "" {
		r.SetBasicAuth("fleet", password)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}
