package signing

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/console/consoletest"
	"github.com/pakman/build/pkg/usererror"
)

// A key pair is made once, its private half for the owner alone, and never in the place of a file.
func TestMakeKey(t *testing.T) {
	dir := t.TempDir()
	pair, err := MakeKey(dir, "acme-blog.pem")
	if err != nil {
		t.Fatal(err)
	}
	if pair.Private != filepath.Join(dir, "acme-blog.rsa") || pair.Public != pair.Private+".pub" {
		t.Errorf("%+v", pair)
	}
	for path, mode := range map[string]os.FileMode{pair.Private: 0o600, pair.Public: 0o644} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	public, err := ReadPublic([]string{pair.Public})
	if err != nil || len(public) != 1 || public[0].Name != "acme-blog.rsa.pub" || public[0].Fingerprint() != pair.Fingerprint {
		t.Errorf("%+v, %v", public, err)
	}
	before := text(t, pair.Private)
	for _, name := range []string{"acme-blog", "../acme", ".hidden", "a/b"} {
		if _, err := MakeKey(dir, name); err == nil || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text(t, pair.Private) != before {
		t.Error("the key was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("%v, %v", left, err)
	}
}

// Without a key that is given, there is a local one, which is made once and named after its fingerprint, or one for
// this run alone, whose name
// is new each time.
func TestLoadWithoutKey(t *testing.T) {
	dir := t.TempDir()
	out := &consoletest.Buffer{}
	var names []string
	for range 2 {
		keys, err := Key{Dir: filepath.Join(dir, "pakman")}.Load(out)
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		names = append(names, keys[0].Name)
	}
	if names[0] != names[1] || !strings.HasPrefix(names[0], "pakman-") ||
		strings.Count(out.String(), "made a signing key for this machine: "+dir) != 1 {
		t.Errorf("%v\n%s", names, out)
	}
	if keys, err := (Key{Dir: filepath.Join(dir, "pakman"), Names: []string{"mine"}}).Load(out); err != nil || keys[0].Name != "mine.rsa" {
		t.Errorf("%v, %v", keys, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pakman", localKey), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Key{Dir: filepath.Join(dir, "pakman")}).Load(out); !errors.As(err, new(*usererror.InputError)) {
		t.Errorf("a damaged key: %v", err)
	}
	first, errFirst := Key{}.Load(out)
	second, errSecond := Key{}.Load(out)
	if err := errors.Join(errFirst, errSecond); err != nil || first[0].Name == second[0].Name ||
		!strings.Contains(out.String(), "no signing key is given: ") {
		t.Errorf("%v, %v\n%s", first, err, out)
	}
}

func TestReadPublic(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.rsa.pub")
	if err := os.WriteFile(broken, []byte("no key"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{broken, filepath.Join(t.TempDir(), "absent.rsa.pub")} {
		if _, err := ReadPublic([]string{file}); err == nil || !errors.As(err, new(*usererror.InputError)) ||
			!strings.Contains(err.Error(), "public key: ") {
			t.Errorf("%v", err)
		}
	}
}

// The platform's machines trust one key for a repository, named after the slugs of owner and name.
func TestName(t *testing.T) {
	for repository, want := range map[string]string{"Acme/Blog": "acme-blog", "Acme Inc/My_App": "acme-inc-my-app", "Acme": "", "/Blog": "",
		"": ""} {
		if got := Name(repository); got != want {
			t.Errorf("%q: %q, want %q", repository, got, want)
		}
	}
}

// A signature of an impostor does not count, whatever its name.
func TestSignedByImpostor(t *testing.T) {
	mine, err := apk.GenerateKey("acme.rsa")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := apk.GenerateKey("acme.rsa")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a-1-r0.apk")
	if _, err := apk.Create(t.Context(), path, apk.Info{Name: "a", Version: "1-r0", Arch: "x86_64", License: "MIT", BuildDate: 1}, nil,
		apk.Tree{Root: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	p, err := apk.ResignFile(t.Context(), path, path, []*apk.PrivateKey{theirs})
	if err != nil {
		t.Fatal(err)
	}
	if SignedBy(p, []*apk.PrivateKey{mine}) || !SignedBy(p, []*apk.PrivateKey{theirs}) {
		t.Error("the name alone counts")
	}
}
