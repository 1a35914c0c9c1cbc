package install

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// TestRotation passes a repository from one key to the next as docs/repository.md says, and looks at each step with
// clients that hold the old key, both, and the new one.
func TestRotation(t *testing.T) {
	dir, output := t.TempDir(), t.TempDir()
	for _, name := range []string{"acme", "acme-2027"} {
		command(t, "keygen", name, "--output", dir)
	}
	support := standIns(t)
	older, newer := filepath.Join(dir, "acme.rsa"), filepath.Join(dir, "acme-2027.rsa")
	for step, s := range []struct {
		version string
		keys    []string
		trusted map[string]bool // by the clients' keys
	}{
		{"1.0.0", []string{older}, map[string]bool{"acme": true, "acme-2027": false, "acme acme-2027": true}},
		{"1.1.0", []string{newer, older}, map[string]bool{"acme": true, "acme-2027": true, "acme acme-2027": true}},
		{"1.2.0", []string{newer}, map[string]bool{"acme": false, "acme-2027": true, "acme acme-2027": true}},
	} {
		args := []string{"build", filepath.Join(root, "examples/static-site"), "--builder", "native", "--output", output,
			"--version", s.version, "--release", "0"}
		for _, key := range s.keys {
			args = append(args, "--signing-key", key)
		}
		command(t, args...)
		for names, want := range s.trusted {
			keys := strings.Fields(names)
			err := addSite(t, output, dir, keys, support)
			if (err == nil) != want {
				t.Errorf("step %d, a client with the keys %q: %v, want success: %v", step, keys, err, want)
			}
			if err, ran := addSiteByApk(t, output, dir, keys, s.version, support); ran && (err == nil) != want {
				t.Errorf("step %d, apk with the keys %q: %v, want success: %v", step, keys, err, want)
			}
		}
	}
}

// command runs pakman, which must succeed.
func command(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), pakman, args...).CombinedOutput(); err != nil {
		t.Fatalf("pakman %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// readPublic returns the public keys of these names, as the repository publishes them.
func readPublic(t *testing.T, dir string, names []string) []*apk.PublicKey {
	t.Helper()
	var keys []*apk.PublicKey
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name+".rsa.pub"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := apk.ParsePublicKey(name+".rsa.pub", text)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// addSite installs the example with apko's library, for a client that trusts the keys.
func addSite(t *testing.T, output, dir string, names []string, support repository) error {
	t.Helper()
	keys := readPublic(t, dir, names)
	repositories := []repository{support, serve(t, siteRepository(t, output), keys[0])}
	for _, key := range keys[1:] {
		repositories = append(repositories, repository{url: repositories[1].url, key: key})
	}
	_, err := install(t.Context(), repositories, "static-site")
	return err
}

// addSiteByApk installs it with real apk, where there is one.
func addSiteByApk(t *testing.T, output, dir string, names []string, version string, support repository) (error, bool) {
	t.Helper()
	if _, err := exec.LookPath("apk"); err != nil || os.Getuid() != 0 {
		return nil, false
	}
	keys := readPublic(t, dir, names)
	target := newRoot(t, "static-site", repository{dir: siteRepository(t, output), key: keys[0]}, support)
	for _, key := range keys[1:] {
		if err := os.WriteFile(filepath.Join(target.path, "etc/apk/keys", key.Name), key.PEM(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := target.command("add", "--initdb", "static-site="+version+"-r0")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	t.Logf("apk with %q: %v\n%s", names, err, &out)
	return err, true
}

func siteRepository(t *testing.T, output string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(output, "*", "main", apk.HostArch(), "APKINDEX.tar.gz"))
	if err != nil || len(found) != 1 {
		t.Fatalf("indexes in %s: %q, %v", output, found, err)
	}
	return filepath.Dir(filepath.Dir(found[0]))
}
