package install

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// TestRealApk installs, upgrades and removes the examples with the apk of this machine. It says
// nothing on stderr: the platform takes any output there as a failure.
func TestRealApk(t *testing.T) {
	if _, err := exec.LookPath("apk"); err != nil {
		t.Skip("apk is not on PATH")
	}
	if os.Getuid() != 0 {
		t.Skip("apk needs root to give files their owners")
	}
	_, key := newKey(t, "acme-examples.rsa")
	support := standIns(t)
	for _, example := range examples {
		t.Run(example, func(t *testing.T) {
			output := t.TempDir()
			b := buildExample(t, example, output, key, "1.0.0")
			target := newRoot(t, example, serveBuilt(t, output, b), support)

			target.apk("add", append([]string{"--initdb"}, b.names()...)...)
			target.check(example, "1.0.0-r0")

			buildExample(t, example, output, key, "1.1.0")
			target.apk("update")
			target.apk("add", "--upgrade", example)
			target.check(example, "1.1.0-r0")

			target.apk("del", b.names()...)
			if got := target.apk("info"); strings.Contains(got, example) {
				t.Errorf("still installed after its removal:\n%s", got)
			}
		})
	}

	t.Run("foreign key", func(t *testing.T) {
		output := t.TempDir()
		served := serveBuilt(t, output, buildExample(t, "static-site", output, key, "1.0.0"))
		mallory, _ := newKey(t, "mallory.rsa")
		served.key = mallory.Public()
		target := newRoot(t, "nobody", served, support)
		if out, err := target.command("add", "--initdb", "static-site").CombinedOutput(); err == nil {
			t.Errorf("apk installed from an index whose key it does not have:\n%s", out)
		}
	})
}

// rootDir is a directory that apk fills.
type rootDir struct {
	t    *testing.T
	path string
}

// serviceID is the user and group that own an example's files.
const serviceID = 1234

// newRoot makes an empty root that has the user, which the package's script would make, knows the
// repositories by their directories and trusts their keys.
func newRoot(t *testing.T, user string, repositories ...repository) rootDir {
	t.Helper()
	path := t.TempDir()
	if err := os.MkdirAll(filepath.Join(path, "etc/apk/keys"), 0o755); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, r := range repositories {
		fmt.Fprintln(&lines, r.dir)
		if err := os.WriteFile(filepath.Join(path, "etc/apk/keys", r.key.Name), r.key.PEM(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{
		"apk/repositories": lines.String(),
		"passwd":           fmt.Sprintf("root:x:0:0::/:/bin/sh\n%s:x:%d:%d::/:/bin/sh\n", user, serviceID, serviceID),
		"group":            fmt.Sprintf("root:x:0:\n%s:x:%d:\n", user, serviceID),
	} {
		if err := os.WriteFile(filepath.Join(path, "etc", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return rootDir{t, path}
}

// command is an apk command on the root. Scripts are not run: the root has no shell.
func (r rootDir) command(applet string, args ...string) *exec.Cmd {
	options := []string{applet, "--root", r.path, "--arch", apk.HostArch()}
	if applet == "add" || applet == "del" {
		options = append(options, "--no-scripts")
	}
	return exec.CommandContext(r.t.Context(), "apk", append(options, args...)...)
}

// apk runs a command that must succeed silently and returns its output.
func (r rootDir) apk(applet string, args ...string) string {
	r.t.Helper()
	cmd := r.command(applet, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		r.t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, &stderr, &stdout)
	}
	return stdout.String()
}

// check compares the root with what the example promises.
func (r rootDir) check(example, version string) {
	r.t.Helper()
	if got := r.apk("info", "-v"); !strings.Contains(got, example+"-"+version) {
		r.t.Errorf("installed are\n%swant %s-%s", got, example, version)
	}
	for _, line := range promised[example].files {
		_, path, _ := strings.Cut(line[len("0644 "):], " ")
		if got := describe(r.t, filepath.Join(r.path, path), path, example); got != line {
			r.t.Errorf("found %q, want %q", got, line)
		}
	}
}

// describe writes a file as the lines of promised do.
func describe(t *testing.T, full, path, user string) string {
	t.Helper()
	info, err := os.Lstat(full)
	if errors.Is(err, fs.ErrNotExist) {
		return "nothing at " + path
	}
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("no owner known of %s", full)
	}
	names := map[uint32]string{0: "root", serviceID: user}
	return fmt.Sprintf("%04o %s:%s %s", info.Mode().Perm(), names[stat.Uid], names[stat.Gid], path)
}
