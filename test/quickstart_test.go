package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The commands of docs/quickstart.md that need neither GitHub nor Alpine do what it says, one after the other.
func TestQuickStartDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program, which -short leaves out")
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "pakman"), "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	local, _, ok := strings.Cut(read(t, "docs/quickstart.md"), "\n## On GitHub\n")
	if !ok {
		t.Fatal("docs/quickstart.md has no part on GitHub")
	}
	script := "set -eu\n"
	for _, m := range fence.FindAllStringSubmatch(local, -1) {
		script += m[3]
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = work
	cmd.Env = []string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + dir,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "0 faults") {
		t.Errorf("the repository is not found good:\n%s", out)
	}
	for _, file := range []string{
		"packages/v*/main/x86_64/hello-1.0.0-r0.apk", "bucket/v*/main/aarch64/hello-1.0.0-r0.apk", "bucket/keys/acme-hello.rsa.pub",
		"acme-hello.rsa",
		"hello/.github/workflows/package.yml",
	} {
		if found, _ := filepath.Glob(filepath.Join(work, file)); len(found) != 1 {
			t.Errorf("%s: %v", file, found)
		}
	}
}
