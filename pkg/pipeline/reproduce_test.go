package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/diff"
	"github.com/pakman/build/pkg/builder/native"
	"github.com/pakman/build/pkg/console/consoletest"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
)

// The second build is told all that the packages depend on, and no secret.
func TestBuildOptionsOfSecondBuild(t *testing.T) {
	o := BuildOptions{
		Input: Input{Config: "a.yml", Recipe: recipe.Options{Version: "1.2", Release: 3, Arches: []string{"x86_64"}, Repository: "apps",
			Alpine: "3.20"}, Env: map[string]string{"COLOUR": "blue"},
			Hidden: Hidden{Keys: []string{"/etc/acme.rsa"}, KeyTexts: []string{"hunter2"}, Places: []string{"/srv/bucket"}}},
		Dirs: []string{"api", "web"}, Jobs: 2, Arch: "x86_64", Output: "out", Builder: "native",
		Key: signing.Key{PEM: secret.New("hunter2")}, Secrets: []string{"hunter2"},
		SecondBuild: &SecondBuild{Environ: []string{"TOKEN=hunter2"}},
	}
	text, err := json.Marshal(o)
	if err != nil || strings.Contains(string(text), "hunter2") {
		t.Fatal(string(text), err)
	}
	got, err := ReadBuildOptions(bytes.NewReader(text), func(string) string { return "x" })
	if err != nil || got.Getenv("A") != "x" {
		t.Fatal(err)
	}
	o.Key, o.Secrets, o.SecondBuild, o.Hidden.KeyTexts = signing.Key{}, nil, nil, nil
	if diff := cmp.Diff(o, got, cmpopts.IgnoreFields(Input{}, "Getenv"), cmpopts.EquateEmpty(),
		cmp.AllowUnexported(secret.String{})); diff != "" {
		t.Error(diff)
	}
}

// blogPackage makes dir/blog-1.0-r0.apk with this content, signed by the key.
func blogPackage(t *testing.T, key *apk.PrivateKey, content string) string {
	t.Helper()
	root, file := t.TempDir(), filepath.Join(t.TempDir(), "blog-1.0-r0.apk")
	if err := os.WriteFile(filepath.Join(root, "file"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	info := apk.Info{Name: "blog", Version: "1.0-r0", Arch: "x86_64", Description: "blog", License: "MIT", BuildDate: 1}
	if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	if err := apk.SignFile(t.Context(), file, file, key); err != nil {
		t.Fatal(err)
	}
	return file
}

// The second build has its own directory and circumstances; its packages must be the same but for their signatures.
func TestReproduce(t *testing.T) {
	key, err := apk.GenerateKey("acme.rsa")
	if err != nil {
		t.Fatal(err)
	}
	other, err := apk.GenerateKey("other.rsa")
	if err != nil {
		t.Fatal(err)
	}
	first := blogPackage(t, key, "one")
	const program = `#!/bin/sh
[ "$1" = build-again ] || exit 9
out=$(sed 's/.*"Output":"\([^"]*\)".*/\1/')
echo "zone $TZ, processors $GOMAXPROCS, umask $(umask), $SECRET"
mkdir -p "$out/v3.24/main/x86_64"
`
	for name, c := range map[string]struct {
		then string // what the program does
		want string // of the error; empty: none
	}{
		"the same": {then: "cp '" + blogPackage(t, other, "one") + `' "$out/v3.24/main/x86_64/"`},
		"different": {then: "cp '" + blogPackage(t, key, "two") + `' "$out/v3.24/main/x86_64/"`,
			want: "blog-1.0-r0.apk is not reproducible: a second build, in another directory"},
		"no package": {then: "true", want: "blog-1.0-r0.apk is not reproducible: a second build did not make it"},
		"no success": {then: "exit 3", want: "with one processor and without caches, failed: "},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, []byte(program+c.then+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			work, err := newWorkspace()
			if err != nil {
				t.Fatal(err)
			}
			defer work.remove()
			made := []*built{{plan: &Plan{Dir: "app"}, packages: []string{first}}}
			o := BuildOptions{Secrets: []string{"hunter2-hunter2"},
				SecondBuild: &SecondBuild{Path: path, Environ: []string{"PATH=/usr/bin:/bin", "SECRET=hunter2-hunter2"}}}
			o = o.second(made, toolset{builder: native.Builder{}, arch: "x86_64"}, work.dir)
			if len(o.Dirs) != 1 || o.Dirs[0] != "app" || o.Builder != "native" || o.Arch != "x86_64" {
				t.Errorf("%+v", o)
			}
			out := &consoletest.Buffer{}
			err = reproduce(t.Context(), o, made, []*apk.PrivateKey{key}, work, out)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v; want %q", err, c.want)
			}
			if differ := new(IrreproducibleError); errors.As(err, &differ) && len(differ.Differences) == 0 {
				t.Error("nothing is said of what differs")
			}
			if said := out.String(); !strings.Contains(said, "zone Asia/Tokyo, processors 1, umask 0077, ") ||
				strings.Contains(said, "hunter2") {
				t.Error(said)
			}
		})
	}
}

// Many differences are counted, not listed.
func TestIrreproducibleError(t *testing.T) {
	err := &IrreproducibleError{Package: "a.apk", Differences: make([]diff.Difference, 12)}
	if text := err.Error(); !strings.HasSuffix(text, "and 2 more differences") || strings.Count(text, "\n") != 11 {
		t.Error(text)
	}
}
