package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Signing keys are hidden from the build wherever they lie, also below directories that a build needs, like /etc; other
// places only where a build can do without them. A key that is not given hides nothing.
func TestHiddenKeys(t *testing.T) {
	dir := t.TempDir()
	p := &Plan{Dir: dir}
	keys := []string{"/etc/x/acme.rsa", "/usr/share/keys/acme.rsa", "relative.rsa", ""}
	hidden, err := hiddenPaths(p, keys, []string{"/etc/pakman", "/usr/lib", "/home/a/packages", "", dir + "/out"})
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Abs("relative.rsa")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/etc/x/acme.rsa", "/usr/share/keys/acme.rsa", relative, "/home/a/packages", dir, dir + "/out",
		dir + "/.git"} {
		if !slices.Contains(hidden, want) {
			t.Errorf("%s can be read: %v", want, hidden)
		}
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"/etc/pakman", "/usr/lib", "/etc", "/", here} {
		if slices.Contains(hidden, needed) {
			t.Errorf("%s is hidden: %v", needed, hidden)
		}
	}
}

// What git keeps for a work tree lies beside the checkout that it belongs to.
func TestSharedGit(t *testing.T) {
	for text, want := range map[string]string{
		"gitdir: /home/a/project/.git/worktrees/x\n": "/home/a/project/.git",
		"gitdir: ../.git/modules/x\n":                "PARENT/.git",
		"something else":                             "",
	} {
		parent := t.TempDir()
		root := filepath.Join(parent, "work")
		if err := os.Mkdir(root, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, ".git"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := sharedGit(root); got != strings.Replace(want, "PARENT", parent, 1) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := sharedGit(t.TempDir()); got != "" {
		t.Errorf("no checkout: %s", got)
	}
}

// A bucket that is a directory is one of the places.
func TestBucketDirectory(t *testing.T) {
	for url, want := range map[string]string{"/srv/p": "/srv/p", "p": "p", "file:///srv/p": "/srv/p", "s3://b/p": "", "": ""} {
		if got := (Bucket{URL: url}).directory(); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func TestParseVariable(t *testing.T) {
	for text, want := range map[string][3]string{
		"A=b=c": {"A", "b=c", "true"}, " A_1 = x": {"A_1", " x", "true"}, "1A=x": {"1A", "x", "false"}, "A": {"A", "", "false"},
		"=x": {"", "x", "false"},
	} {
		key, value, ok := ParseVariable(text)
		if got := [3]string{key, value, strconv.FormatBool(ok)}; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCheckIsolation(t *testing.T) {
	for value, want := range map[string]string{"auto": "", "strict": "", "": `"" is not one of auto, strict`,
		"none": `"none" is not one of auto, strict`} {
		err := CheckIsolation(value)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", value, err, want)
		}
	}
}
