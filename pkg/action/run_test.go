package action

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/action/runnertest"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// A whole run as the runner starts it: inputs, file commands and workspace by environment, a real S3
// server, and a build that tries to talk to the runner.
func TestBuildAndPublish(t *testing.T) {
	server := s3test.Start(t)
	bucket := server.Bucket(t, "")
	t.Chdir(t.TempDir())
	write(t, "apps/hello/pakman.yml", `name: hello
build:
  command: |
    echo "::set-output name=arch::evil"
    env
    echo "a b" >built.txt
  destinations: [built.txt]
architectures: [noarch]
`)
	key := anyKey(t)
	files := t.TempDir()
	env, out := environment(map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "Acme/Hello", "GITHUB_RUN_NUMBER": "12",
		"GITHUB_OUTPUT": filepath.Join(files, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(files, "summary"),
		"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.2.3-rc.1", "GITHUB_TOKEN": "ghs_secret_token",
		"INPUT_CONFIG": "apps/hello/pakman.yml", "INPUT_BUILDER": "native", "INPUT_SIGNING-KEY": string(key.PEM()),
		"INPUT_BUCKET": "s3://" + bucket + "/alpine", "INPUT_ENDPOINT": server.Endpoint, "INPUT_CA-FILE": server.CAFile,
		"INPUT_REGION":        "us-east-1",
		"INPUT_ACCESS-KEY-ID": server.AccessKey, "INPUT_SECRET-ACCESS-KEY": server.SecretKey, "INPUT_BUILD-ENV": "COLOUR=blue",
		"PATH": os.Getenv("PATH"),
	})
	if code := Main(context.Background(), env); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	checkLog(t, out.String(), server.SecretKey)
	values := checkOutputs(t, files)
	if !strings.HasPrefix(values["repository-url"], server.Endpoint) ||
		!strings.HasSuffix(values["public-key-url"], "/alpine/keys/acme-hello.rsa.pub") ||
		!strings.HasSuffix(values["index-url"], "/alpine/v3.24/main/x86_64/APKINDEX.tar.gz") ||
		!strings.Contains(values["install"], "\napk update && apk add -u hello") {
		t.Errorf("%v", values)
	}
	summary, err := os.ReadFile(filepath.Join(files, "summary"))
	if err != nil || !strings.Contains(string(summary), "| hello | 1.2.3\\_rc1-r12 | x86\\_64 |") {
		t.Errorf("%v\n%s", err, summary)
	}
	if _, err := os.Stat("packages/v3.24/main/x86_64/hello-1.2.3_rc1-r12.apk"); err != nil {
		t.Error(err)
	}

	// A later step publishes what this one built; all of it is there.
	env, out = environment(map[string]string{
		"GITHUB_OUTPUT": filepath.Join(files, "second"), "GITHUB_REPOSITORY": "Acme/Hello",
		"INPUT_COMMAND": "publish", "INPUT_SIGNING-KEY": string(key.PEM()), "INPUT_CA-FILE": server.CAFile,
		"INPUT_BUCKET":   "s3://" + bucket + "/alpine",
		"INPUT_ENDPOINT": server.Endpoint, "INPUT_REGION": "us-east-1",
		"INPUT_ACCESS-KEY-ID": server.AccessKey, "INPUT_SECRET-ACCESS-KEY": server.SecretKey,
	})
	if code := Main(context.Background(), env); code != 0 || !strings.Contains(out.String(), "Nothing changed") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func checkLog(t *testing.T, log, secretKey string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "::add-mask::") && (strings.Contains(line, secretKey) || strings.Contains(line, "ghs_secret_token")) {
			t.Errorf("a secret is printed: %s", line)
		}
	}
	for _, want := range []string{"::add-mask::" + secretKey, "::group::APKBUILD", "pkgname=hello", "COLOUR=blue", "::endgroup::"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	for _, hidden := range []string{"INPUT_", "GITHUB_"} {
		if strings.Contains(log, "\n"+hidden) {
			t.Errorf("the build saw %s…:\n%s", hidden, log)
		}
	}
	before, _, _ := strings.Cut(log, "\n::set-output")
	_, token, ok := cutLast(before, "::stop-commands::")
	if token, _, _ = strings.Cut(token, "\n"); !ok || strings.Contains(before, "\n::"+token+"::") {
		t.Errorf("the build's commands reach the runner:\n%s", log)
	}
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

func checkOutputs(t *testing.T, files string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(files, "output"))
	if err != nil {
		t.Fatal(err)
	}
	values := runnertest.Outputs(t, string(content))
	var packages []map[string]any
	if err := json.Unmarshal([]byte(values["packages"]), &packages); err != nil {
		t.Fatal(err)
	}
	if len(packages) != 2 || packages[0]["name"] != "hello" || packages[0]["version"] != "1.2.3_rc1-r12" || packages[0]["sha256"] == "" ||
		packages[0]["file"] != "packages/v3.24/main/aarch64/hello-1.2.3_rc1-r12.apk" {
		t.Errorf("packages: %v", packages)
	}
	if values["names"] != "hello" || values["key-name"] != "acme-hello.rsa.pub" || values["total-size"] == "0" {
		t.Errorf("%v", values)
	}
	checkSums(t, values["checksums"])
	return values
}

// checkSums has the real sha256sum check the packages where a later step would, in the workspace.
func checkSums(t *testing.T, file string) {
	t.Helper()
	if file != "packages/SHA256SUMS" {
		t.Fatalf("checksums: %q", file)
	}
	if out, err := exec.Command("sha256sum", "--strict", "-c", file).CombinedOutput(); err != nil ||
		!strings.Contains(string(out), "hello-1.2.3_rc1-r12.apk: OK") {
		t.Errorf("%v: %s", err, out)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A failing build is an annotation on the line of the YAML file.
func TestFailingBuild(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pakman.yml", "name: hello\nbuild:\n  destinations: ['*']\n  command: |\n    echo boom >&2\n    exit 3\n")
	files := t.TempDir()
	env, out := environment(map[string]string{
		"INPUT_BUILDER": "native", "INPUT_RELEASE": "1", "GITHUB_STEP_SUMMARY": filepath.Join(files, "summary"), "PATH": os.Getenv("PATH"),
	})
	if code := Main(context.Background(), env); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(out.String(), "::error col=5,file=pakman.yml,line=6::") ||
		!strings.Contains(out.String(), "exit code 3, at: exit 3%0Aboom") {
		t.Errorf("%s", out)
	}
	summary, err := os.ReadFile(filepath.Join(files, "summary"))
	if err != nil || !strings.Contains(string(summary), "exit code 3") {
		t.Errorf("%v\n%s", err, summary)
	}
}
