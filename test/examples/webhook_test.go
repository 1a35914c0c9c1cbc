package examples

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/cli"
	"github.com/pakman/build/pkg/process"
)

const webhookSecret = "0123456789abcdef0123456789abcdef"

// TestWebhook builds an application and has the receiver of examples/webhook-receiver, as a process of its own, told of
// it. apk is played by a script that writes down how it is called, and fails the first time.
func TestWebhook(t *testing.T) {
	work := t.TempDir()
	log := filepath.Join(work, "log")
	address := startReceiver(t, work, fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s\n[ \"$(wc -l <%[1]s)\" -gt 1 ]\n", log))

	code, said := deployByWebhook(t, address, webhookSecret)
	if code != cli.ExitOK || !strings.Contains(said, "Told "+address+" (2 requests).") {
		t.Errorf("exit code %d: %s", code, said)
	}
	called, err := os.ReadFile(log)
	if want := strings.Repeat("add --upgrade --update-cache -- hello\n", 2); err != nil || string(called) != want {
		t.Errorf("apk was called with %q, %v", called, err)
	}

	code, said = deployByWebhook(t, address, strings.Repeat("x", 32))
	if code != cli.ExitFailure || !strings.Contains(said, "401") || !strings.Contains(said, "give both sides the same secret") {
		t.Errorf("with another secret: exit code %d: %s", code, said)
	}
	if again, err := os.ReadFile(log); err != nil || !bytes.Equal(again, called) {
		t.Errorf("apk was called for it: %q, %v", again, err)
	}
}

// startReceiver returns the receiver's address. apk is a script on its PATH.
func startReceiver(t *testing.T, work, apk string) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command to build the receiver")
	}
	program := filepath.Join(work, "receiver")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = filepath.Join(root, "webhook-receiver")
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	secret := filepath.Join(work, "secret")
	for file, text := range map[string]string{secret: webhookSecret + "\n", filepath.Join(work, "apk"): apk} {
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return service{command: program, env: []string{
		"PATH=" + work + ":" + os.Getenv("PATH"), "PACKAGES=hello", "SECRET_FILE=" + secret,
	}}.start(t, "/")
}

// deployByWebhook returns the exit code and what was said.
func deployByWebhook(t *testing.T, address, secret string) (int, string) {
	t.Helper()
	app := t.TempDir()
	text := "name: hello\nversion: 1.0.0\nbuild:\n  destinations: [hello.txt]\n"
	for name, text := range map[string]string{"pakman.yml": text, "hello.txt": "hello\n"} {
		if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), process.Env{
		Args: []string{"build", app, "--builder", "native", "--output", filepath.Join(app, "packages"), "--deploy", "webhook",
			"--webhook-url", address + "/deploy"},
		Stdout: &stdout, Stderr: &stderr, ConfigDir: t.TempDir(),
		Getenv: func(name string) string {
			if name == "PAKMAN_WEBHOOK_SECRET" {
				return secret
			}
			return map[string]string{"PATH": os.Getenv("PATH")}[name]
		},
	})
	return code, stderr.String()
}
