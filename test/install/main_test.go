// Package install installs what pakman builds with software that shares no code with it: apko's
// apk library, and real apk where it is on PATH.
package install

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

const root = "../.."

// pakman is the program under test; examples are what it builds.
var (
	pakman   string
	examples = []string{"go-service", "node-service", "static-site"}
)

// built is what the tests need of `pakman build --json`.
type built struct {
	Packages []struct{ Name, Version, Arch string }
	KeyName  string `json:"key-name"`
}

// names are the names of the packages, as apk add takes them.
func (b built) names() []string {
	var names []string
	for _, p := range b.Packages {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// TestMain compiles pakman. PAKMAN_BINARY names one that exists already, for machines without Go.
func TestMain(m *testing.M) {
	code, err := compileAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func compileAndRun(m *testing.M) (code int, err error) {
	pakman = os.Getenv("PAKMAN_BINARY")
	if pakman == "" {
		dir, err := os.MkdirTemp("", "pakman-install-test-")
		if err != nil {
			return 0, err
		}
		defer func() { err = os.RemoveAll(dir) }()
		pakman = filepath.Join(dir, "pakman")
		cmd := exec.CommandContext(context.Background(), "go", "build", "-o", pakman, ".")
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	return m.Run(), nil
}

// buildExample runs `pakman build` on an example with the native builder and returns its report.
func buildExample(t *testing.T, example, output, key, version string) built {
	t.Helper()
	needs := map[string]string{"go-service": "go"}
	if command := needs[example]; command != "" {
		if _, err := exec.LookPath(command); err != nil {
			t.Skipf("%s is not on PATH", command)
		}
	}
	cmd := exec.CommandContext(t.Context(), pakman, "build", filepath.Join(root, "examples", example),
		"--builder", "native", "--output", output, "--signing-key", key, "--version", version, "--release", "0", "--json")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, &stderr)
	}
	var b built
	if err := json.Unmarshal(stdout.Bytes(), &b); err != nil {
		t.Fatalf("report: %v\n%s", err, &stdout)
	}
	if !slices.Contains(b.names(), example) {
		t.Fatalf("no package named %s in the report:\n%s", example, &stdout)
	}
	return b
}

// newKey makes a key and returns the path of its file.
func newKey(t *testing.T, name string) (*apk.PrivateKey, string) {
	t.Helper()
	key, err := apk.GenerateKey(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, key.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return key, path
}
