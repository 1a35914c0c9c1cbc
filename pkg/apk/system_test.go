package apk

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool skips the test where a program is missing.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on PATH", name)
	}
	return path
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestUnreadableFileKeepsItsMode(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root can read every file")
	}
	root := writeTree(t, map[string]string{"srv/secret": "content"})
	path := filepath.Join(root, "srv/secret")
	must(t, os.Chmod(path, 0o111))
	headers, contents := dataEntries(t, create(t, testInfo(), nil, Tree{Root: root}))
	if contents[1] != "content" || headers[1].Mode != 0o111 {
		t.Errorf("content %q, mode %o", contents[1], headers[1].Mode)
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode() != 0o111 {
		t.Errorf("the file has mode %v now", info.Mode())
	}
}

func TestPackageObeysTheUmask(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	f, err := os.OpenFile(plain, os.O_CREATE|os.O_WRONLY, 0o666)
	must(t, err)
	must(t, f.Close())
	if want, got := mode(t, plain), mode(t, create(t, testInfo(), nil, Tree{Root: t.TempDir()})); got != want {
		t.Errorf("mode %v, want %v as other new files have", got, want)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Mode()
}

// TestToolsReadIt gives a package to programs that know the formats from elsewhere.
func TestToolsReadIt(t *testing.T) {
	root := writeTree(t, map[string]string{"srv/a b": strings.Repeat("text ", 1<<20), "srv/" + strings.Repeat("n", 120): "long",
		"srv/l": "-> a b"})
	path := create(t, testInfo(), nil, Tree{Root: root})
	t.Run("gzip", func(t *testing.T) { run(t, tool(t, "gzip"), "-t", path) })
	t.Run("tar", func(t *testing.T) {
		to := t.TempDir()
		run(t, tool(t, "tar"), "-xzf", path, "-C", to)
		run(t, tool(t, "diff"), "-r", "--no-dereference", root+"/srv", to+"/srv")
	})
	t.Run("apk", func(t *testing.T) {
		apk := tool(t, "apk")
		keys := t.TempDir()
		signed := filepath.Join(t.TempDir(), "signed.apk")
		must(t, SignFile(t.Context(), signed, path, keyA(), keyB()))
		must(t, os.WriteFile(filepath.Join(keys, keyB().Name+".pub"), keyB().Public().PEM(), 0o644))
		run(t, apk, "--keys-dir", keys, "verify", signed)
	})
}
