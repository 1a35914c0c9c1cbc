package action

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/instellar/instellartest"
	"github.com/pakman/build/pkg/process"
)

// TestMain runs the action in place of the tests where a test asks for it: a process of its own, as crypto/x509 reads
// SSL_CERT_FILE once in each.
func TestMain(m *testing.M) {
	if os.Getenv("PAKMAN_TEST_ACTION") == "" {
		code := m.Run()
		if programDir != "" {
			_ = os.RemoveAll(programDir)
		}
		os.Exit(code)
	}
	os.Exit(Main(context.Background(), process.Env{Stdout: os.Stdout, Getenv: os.Getenv, Environ: os.Environ()}))
}

// action runs it in dir with the variables and returns its exit code and its log.
func action(t *testing.T, dir string, vars map[string]string) (int, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir, cmd.Env = dir, []string{"PAKMAN_TEST_ACTION=1"}
	for name, value := range vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// A build that goes on to the platform, whose validation errors become annotations on the lines of the file; after they
// were mended, a later step that delivers the same packages.
func TestDeploy(t *testing.T) {
	platform := instellartest.Start(t, "acme", "hello")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "instellar.yml"),
		"stack: alpine/3.24\nbuild:\n  destinations: [hello.txt]\nkits:\n  - blueprint:\n      name: hello\n")
	write(t, filepath.Join(dir, "hello.txt"), "hello\n")
	key := anyKey(t)
	files := t.TempDir()
	vars := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "Acme/Hello", "GITHUB_RUN_NUMBER": "12", "PATH": os.Getenv("PATH"),
		"SSL_CERT_FILE": platform.S3.CAFile,
		"GITHUB_SHA":    "0123456789abcdef0123456789abcdef01234567", "GITHUB_REF": "refs/heads/main",
		"GITHUB_OUTPUT": filepath.Join(files, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(files, "summary"),
		"INPUT_BUILDER": "native", "INPUT_DEPLOY": "instellar", "ABUILD_PRIVATE_KEY": string(key.PEM()),
		"INPUT_INSTELLAR-ENDPOINT": platform.Endpoint, "INPUT_INSTELLAR-AUTH-TOKEN": platform.AuthToken,
		"INSTELLAR_PACKAGE_TOKEN": platform.PackageToken,
	}
	platform.Reject = func(map[string]any) string {
		return `{"errors":{"payload":{"kits":[{"blueprint":{"name":["is\n::warning::taken"]}}]}}}`
	}
	code, out := action(t, dir, vars)
	if code != 1 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if want := "::error col=13,file=instellar.yml,line=6::instellar.yml:6:13: kits[0].blueprint.name: the platform rejects it: is " +
		"::warning::taken"; !strings.Contains(out, want) {
		t.Errorf("no annotation %q in\n%s", want, out)
	}

	platform.Reject = nil
	vars["INPUT_COMMAND"], vars["INPUT_DEPLOY"] = "deploy", ""
	if code, out = action(t, dir, vars); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, token := range []string{platform.AuthToken, platform.PackageToken, "session-"} {
		for line := range strings.Lines(out) {
			if strings.Contains(line, token) && !strings.HasPrefix(line, "::add-mask::") {
				t.Errorf("a token is shown: %s", line)
			}
		}
	}
	for _, token := range []string{platform.AuthToken, platform.PackageToken} {
		if !strings.Contains(out, "::add-mask::"+token) {
			t.Errorf("%s is not masked", token)
		}
	}
	output, err := os.ReadFile(filepath.Join(files, "output"))
	if err != nil || !strings.Contains(string(output), "deployment-id<<") {
		t.Errorf("%v\n%s", err, output)
	}
	summary, err := os.ReadFile(filepath.Join(files, "summary"))
	if err != nil || !strings.Contains(string(summary), "Deployment 1 at http://127") {
		t.Errorf("%v\n%s", err, summary)
	}
}
