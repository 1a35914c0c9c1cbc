package deploy_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/instellar/instellartest"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// pack makes dir/name-version.apk for arch, signed by key.
func pack(t *testing.T, dir, name, version, arch string, key *apk.PrivateKey) string {
	t.Helper()
	root := t.TempDir()
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(root, "file"), []byte(name+version+arch),
		0o644)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name+"-"+version+".apk")
	info := apk.Info{Name: name, Version: version, Arch: arch, Description: name, License: "MIT", BuildDate: 1}
	if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	if err := apk.SignFile(t.Context(), file, file, key); err != nil {
		t.Fatal(err)
	}
	return file
}

// list writes dir/APKINDEX.tar.gz of these files.
func list(t *testing.T, dir string, key *apk.PrivateKey, files ...string) {
	t.Helper()
	x := &index.Index{}
	for _, file := range files {
		p, err := apk.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		x.Put(index.EntryOf(p, ""))
	}
	var text bytes.Buffer
	if err := x.Write(&text, key); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "APKINDEX.tar.gz"), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// deliveredFiles are the files of the commit's archive.
func (a *application) deliveredFiles(t *testing.T, sha string) map[string][]byte {
	t.Helper()
	d := a.platform.Deployment(sha)
	if d == nil {
		t.Fatalf("there is no deployment of %s", sha)
	}
	r, _, err := a.platform.Store().Get(t.Context(), d.ArchivePath)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	files, err := instellartest.Unzip(text)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Several architectures come from files, from the directories that artifacts are downloaded to, and from a local
// repository; what has an index keeps it.
func TestDeployArchitectures(t *testing.T) {
	a := newApplication(t)
	root := t.TempDir()
	artifacts, local := filepath.Join(root, "artifacts"), filepath.Join(root, "packages")
	var files []string
	indexes := map[string]string{}
	for arch, artifact := range map[string]string{"x86_64": "X64/acme", "aarch64": "ARM64/acme"} {
		for _, dir := range []string{filepath.Join(artifacts, artifact, arch), filepath.Join(local, "v3.24/main", arch)} {
			file := pack(t, dir, "blog", "1.0-r0", arch, a.key)
			list(t, dir, a.key, file)
			indexes[dir] = dir
		}
		files = append(files, pack(t, filepath.Join(root, "files"), "blog"+arch, "1.0-r0", arch, a.key))
	}
	files = append(files, pack(t, filepath.Join(root, "files"), "blog-openrc", "1.0-r0", "noarch", a.key))

	one := a.options(files[0])
	one.Commit.SHA, one.Key = "a0", a.signingKey()
	a.write(t, "instellar.yml", "architectures: [x86_64, aarch64]\n"+instellarYML)
	if _, err := pipeline.Deploy(t.Context(), one, a.console); err != nil ||
		!strings.Contains(a.console.String(), "instellar.yml:1:1: architectures: there are no packages for ") {
		t.Errorf("one of two architectures: %v\n%s", err, a.console)
	}
	for sha, tc := range map[string]struct {
		paths  []string
		key    signing.Key
		public string
		want   []string
	}{
		"a1": {paths: []string{artifacts}, want: []string{"aarch64/APKINDEX.tar.gz", "aarch64/blog-1.0-r0.apk", "x86_64/APKINDEX.tar.gz",
			"x86_64/blog-1.0-r0.apk"}},
		"a2": {paths: []string{local}, public: string(a.key.Public().PEM()),
			want: []string{"aarch64/APKINDEX.tar.gz", "aarch64/blog-1.0-r0.apk", "x86_64/APKINDEX.tar.gz", "x86_64/blog-1.0-r0.apk"}},
		"a3": {paths: files, key: a.signingKey(), want: []string{
			"aarch64/APKINDEX.tar.gz", "aarch64/blog-openrc-1.0-r0.apk", "aarch64/blogaarch64-1.0-r0.apk",
			"x86_64/APKINDEX.tar.gz", "x86_64/blog-openrc-1.0-r0.apk", "x86_64/blogx86_64-1.0-r0.apk"}},
	} {
		t.Run(sha, func(t *testing.T) {
			o := a.options(tc.paths...)
			o.Commit.SHA, o.Key, o.PublicKey, o.AllowOlder = sha, tc.key, tc.public, true
			if _, err := pipeline.Deploy(t.Context(), o, a.console); err != nil {
				t.Fatal(err)
			}
			got := a.deliveredFiles(t, sha)
			if diff := cmp.Diff(tc.want, sortedKeys(got)); diff != "" {
				t.Error(diff)
			}
			for _, arch := range []string{"x86_64", "aarch64"} {
				x, err := index.Read(bytes.NewReader(got[arch+"/APKINDEX.tar.gz"]), a.key.Public())
				if err != nil || len(x.Entries) != len(tc.want)/2-1 {
					t.Errorf("%s: %v", arch, err)
				}
			}
		})
	}
}

// A file that the platform's machines would not trust, or an index that is not that of the packages, is refused
// before the first request; with the key it is signed again instead.
func TestDeployUntrusted(t *testing.T) {
	a := newApplication(t)
	foreign, err := apk.GenerateKey("mallory.rsa")
	if err != nil {
		t.Fatal(err)
	}
	impostor, err := apk.ParsePrivateKey("acme-blog.rsa", foreign.PEM())
	if err != nil {
		t.Fatal(err)
	}
	public := string(a.key.Public().PEM())
	for name, tc := range map[string]struct {
		make   func(dir string)
		public string
		want   string
	}{
		"package of another key": {func(dir string) {
			list(t, dir, a.key, pack(t, dir, "blog", "1.0-r0", "x86_64", foreign))
		}, "", "signed by mallory.rsa.pub, and the platform's machines trust acme-blog.rsa.pub alone"},
		"package of a key with that name": {func(dir string) {
			list(t, dir, a.key, pack(t, dir, "blog", "1.0-r0", "x86_64", impostor))
		}, public, "the signature by acme-blog.rsa.pub is wrong"},
		"index of another key": {func(dir string) {
			list(t, dir, foreign, pack(t, dir, "blog", "1.0-r0", "x86_64", a.key))
		}, "", `signed by mallory.rsa.pub, and`},
		"index of a key with that name": {func(dir string) {
			list(t, dir, impostor, pack(t, dir, "blog", "1.0-r0", "x86_64", a.key))
		}, public, "is wrong"},
		"no index": {func(dir string) { pack(t, dir, "blog", "1.0-r0", "x86_64", a.key) }, "", "there is no APKINDEX.tar.gz for x86_64"},
		"index without the package": {func(dir string) {
			list(t, dir, a.key, pack(t, dir, "blog", "1.0-r0", "x86_64", a.key))
			pack(t, dir, "blog-doc", "1.0-r0", "x86_64", a.key)
		}, "", "it does not list"},
		"index of a package that is gone": {func(dir string) {
			gone := pack(t, dir, "blog", "0.9-r0", "x86_64", a.key)
			list(t, dir, a.key, gone, pack(t, dir, "blog", "1.0-r0", "x86_64", a.key))
			if err := os.Remove(gone); err != nil {
				t.Fatal(err)
			}
		}, "", "it lists 1 more packages than there are next to it"},
		"index of different content": {func(dir string) {
			list(t, dir, a.key, pack(t, dir, "blog", "1.0-r0", "x86_64", a.key))
			root := t.TempDir()
			info := apk.Info{Name: "blog", Version: "1.0-r0", Arch: "x86_64", Description: "another", License: "MIT"}
			file := filepath.Join(dir, "blog-1.0-r0.apk")
			if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: root}); err != nil {
				t.Fatal(err)
			}
			if err := apk.SignFile(t.Context(), file, file, a.key); err != nil {
				t.Fatal(err)
			}
		}, "", "it lists another blog-1.0-r0.apk"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "x86_64")
			tc.make(dir)
			before := len(a.platform.Requests())
			o := a.options(dir)
			o.PublicKey, o.AllowOlder = tc.public, true
			_, err := pipeline.Deploy(t.Context(), o, a.console)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !errors.As(err, new(*usererror.InputError)) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			if n := len(a.platform.Requests()) - before; n > 0 {
				t.Errorf("%d requests were made", n)
			}
			o.Key, o.Commit.SHA = a.signingKey(), strings.ReplaceAll(name, " ", "")
			if _, err := pipeline.Deploy(t.Context(), o, a.console); err != nil {
				t.Fatalf("with the key: %v", err)
			}
			files := a.deliveredFiles(t, o.Commit.SHA)
			x, err := index.Read(bytes.NewReader(files["x86_64/APKINDEX.tar.gz"]), a.key.Public())
			if err != nil || len(x.Entries) != len(files)-1 {
				t.Errorf("%v, %d entries for %d files", err, len(x.Entries), len(files))
			}
			for file, text := range files {
				if !strings.HasSuffix(file, ".apk") {
					continue
				}
				path := filepath.Join(t.TempDir(), "a.apk")
				if err := os.WriteFile(path, text, 0o644); err != nil {
					t.Fatal(err)
				}
				if err := apk.VerifyFile(path, a.key.Public()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// The version must be above what other commits have delivered, for each package.
func TestDeployIncreases(t *testing.T) {
	a := newApplication(t)
	deploy := func(sha, version string, older bool) error {
		o := a.options(pack(t, t.TempDir(), "blog", version, "x86_64", a.key))
		o.Key, o.Commit.SHA, o.AllowOlder = a.signingKey(), sha, older
		_, err := pipeline.Deploy(t.Context(), o, a.console)
		return err
	}
	if err := deploy("a1", "1.10-r0", false); err != nil {
		t.Fatal(err)
	}
	for sha, version := range map[string]string{"a2": "1.9-r7", "a3": "1.10-r0"} {
		before := len(a.platform.Keys())
		err := deploy(sha, version, false)
		if err == nil || !strings.Contains(err.Error(), "blog "+version+" for x86_64 is not above 1.10-r0") {
			t.Errorf("%s: %v", version, err)
		}
		if len(a.platform.Keys()) != before {
			t.Errorf("%s: something was uploaded", version)
		}
	}
	if err := deploy("a4", "1.9-r7", true); err != nil {
		t.Errorf("an older version that is allowed: %v", err)
	}
	if err := deploy("a5", "1.10-r1", false); err != nil {
		t.Errorf("a newer version: %v", err)
	}
	if err := deploy("a1", "1.10-r0", false); err != nil {
		t.Errorf("the first commit once more: %v", err)
	}
}

// After a tag on one branch, a push to another is delivered for its own channel, in which versions increase as well.
func TestDeployIncreasesInChannel(t *testing.T) {
	a := newApplication(t)
	deploy := func(sha, ref, version string) error {
		o := a.options(pack(t, t.TempDir(), "blog", version, "x86_64", a.key))
		o.Key, o.Commit.SHA, o.Commit.Ref = a.signingKey(), sha, ref
		_, err := pipeline.Deploy(t.Context(), o, a.console)
		return err
	}
	for _, step := range []struct{ sha, ref, version, refused string }{
		{"a1", "refs/tags/v2.0.0", "2.0.0-r0", ""},
		{"a2", "refs/heads/develop", "1.9.0-r7", ""},
		{"a3", "develop", "1.8.0-r0", "is not above 1.9.0-r7, which another commit has delivered for develop"},
		{"a4", "refs/heads/feature/x", "1.0.0-r0", ""},
		{"a5", "refs/heads/develop", "1.9.0-r8", ""},
		{"a6", "refs/tags/v1.9.9", "1.9.9-r0", "is not above 2.0.0-r0, which another commit has delivered for refs/tags"},
	} {
		err := deploy(step.sha, step.ref, step.version)
		if (err != nil) != (step.refused != "") || err != nil && !strings.Contains(err.Error(), step.refused) {
			t.Errorf("%s for %s: %v", step.version, step.ref, err)
		}
	}
}
