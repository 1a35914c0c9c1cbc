package examples

import (
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pages says what the answer to each path holds.
type pages map[string]string

// service is an installed application that answers HTTP: a command, or a directory of static files.
type service struct {
	command string // absolute below the installation; a bare name is a dependency, looked up on PATH
	args    []string
	in      string // directory to start in
	env     []string
	static  string
	pages   pages
	missing string // a path that must not be found
}

// link finds what pages link to: other pages, style sheets, scripts, images.
var link = regexp.MustCompile(`<(?:a|link|script|img)\b[^>]*\s(?:href|src)="([^"#]+)"`)

// resolve returns the address that a link means on the page at base.
func resolve(t *testing.T, base, target string) string {
	t.Helper()
	page, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	address, err := page.Parse(html.UnescapeString(target))
	if err != nil {
		t.Fatalf("link %q: %v", target, err)
	}
	return address.String()
}

const patience = time.Minute

// ask starts the service below installed and asks for every page.
func (s service) ask(t *testing.T, installed string) {
	t.Helper()
	var base string
	if s.static != "" {
		files := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(installed, s.static))))
		defer files.Close()
		base = files.URL
	} else {
		base = s.start(t, installed)
	}
	linked := map[string]bool{}
	for path, want := range s.pages {
		code, body := get(t, base+path)
		for _, match := range link.FindAllStringSubmatch(body, -1) {
			linked[resolve(t, base+path, match[1])] = true
		}
		if code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: status %d, and %q is not in\n%.2000s", path, code, want, body)
		}
	}
	for address := range linked {
		if !strings.HasPrefix(address, base+"/") {
			continue // another site
		}
		if code, _ := get(t, address); code != http.StatusOK {
			t.Errorf("GET %s, which a page links to: status %d", address, code)
		}
	}
	if s.missing != "" {
		if code, _ := get(t, base+s.missing); code != http.StatusNotFound {
			t.Errorf("GET %s: status %d", s.missing, code)
		}
	}
}

// start runs the command until the test ends and returns its address once it listens.
func (s service) start(t *testing.T, installed string) string {
	t.Helper()
	command := s.command
	if filepath.IsAbs(command) {
		command = filepath.Join(installed, command)
	}
	tool, err := exec.LookPath(command)
	if err != nil {
		t.Skipf("the package is built, but %s to run it with is not installed", s.command)
	}
	args := make([]string, len(s.args))
	for i, arg := range s.args {
		if args[i] = arg; filepath.IsAbs(arg) {
			args[i] = filepath.Join(installed, arg)
		}
	}
	port := freePort(t)
	var output strings.Builder
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Dir = filepath.Join(installed, s.in)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NODE_ENV=production",
		"HOST=127.0.0.1", "HOSTNAME=127.0.0.1", "PORT=" + port, "ADDRESS=127.0.0.1:" + port,
	}
	cmd.Env = append(cmd.Env, s.env...)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is told to stop when the test ends
		close(ended)
	}()
	t.Cleanup(func() {
		<-ended
		if t.Failed() {
			t.Logf("%s: %s", s.command, output.String())
		}
	})
	await(t, "127.0.0.1:"+port, ended)
	return "http://127.0.0.1:" + port
}

// await waits until something listens at address.
func await(t *testing.T, address string, ended <-chan struct{}) {
	t.Helper()
	for limit := time.After(patience); ; {
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = connection.Close()
			return
		}
		select {
		case <-ended:
			t.Fatal("the service ended instead of listening")
		case <-limit:
			t.Fatalf("nothing listens after %s", patience)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// freePort returns a port on which nothing listens at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("%v is no TCP address", listener.Addr())
	}
	return strconv.Itoa(address.Port)
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}
