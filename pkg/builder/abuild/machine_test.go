package abuild

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/dir"
)

// newMachine returns a machine that has those texts in its files; it has no file whose text is empty.
func newMachine(t *testing.T, release, repositories string) (Machine, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	m := Machine{Root: t.TempDir(), Outer: os.Getenv, Log: log}
	for name, text := range map[string]string{releaseFile: release, repositoriesFile: repositories} {
		if text != "" {
			writeBelow(t, m.Root, name, text, 0o644)
		}
	}
	return m, log
}

func writeBelow(t *testing.T, root, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestMachineBranch(t *testing.T) {
	for text, want := range map[string]string{
		"3.24.1\n": "v3.24", "3.20.3": "v3.20", "3.25.0_alpha20260127\n": "edge", "3.25_alpha20260127": "edge", "3.24.0_rc2": "v3.24",
		"": "", "pmOS 25": "",
	} {
		m, _ := newMachine(t, text, "")
		if got, err := m.Branch(); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	if got, err := (Machine{Root: t.TempDir()}).Branch(); err != nil || got != "" {
		t.Errorf("no Alpine: %q, %v", got, err)
	}
}

func TestSwitchedRepositories(t *testing.T) {
	for _, c := range []struct{ before, branch, after string }{
		{"https://dl-cdn.alpinelinux.org/alpine/v3.24/main\nhttps://dl-cdn.alpinelinux.org/alpine/v3.24/community\n", "v3.20",
			"https://dl-cdn.alpinelinux.org/alpine/v3.20/main\nhttps://dl-cdn.alpinelinux.org/alpine/v3.20/community\n"},
		// the first mirror counts; what is not Alpine's, and what is tagged, stays; testing is edge's alone
		{"# ours\nhttp://near/alpine/edge/main/\nhttp://far/alpine/edge/testing\n@old http://near/alpine/v3.19/main\nhttp://own/v1/apps",
			"v3.24",
			"http://near/alpine/v3.24/main\nhttp://near/alpine/v3.24/community\n# ours\n@old http://near/alpine/v3.19/main\n" +
				"http://own/v1/apps\n"},
		{"/media/cdrom/apks\n/mirror/latest-stable/main\n", "edge", "/mirror/edge/main\n/mirror/edge/community\n/media/cdrom/apks\n"},
	} {
		got, err := switched(c.before, c.branch)
		if diff := cmp.Diff(got, c.after); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	if got, err := switched("#http://x/v3.24/main\nhttp://own/apps\n", "edge"); err == nil || !strings.Contains(err.Error(), "mirror") {
		t.Errorf("no mirror: %q, %v", got, err)
	}
}

func TestCheckAge(t *testing.T) {
	for branch, allowed := range map[string]bool{"v3.14": false, "v3.16": false, "v3.17": true, "v3.26": true, "edge": true} {
		if err := CheckAge(branch); (err == nil) != allowed {
			t.Errorf("%s: %v", branch, err)
		}
	}
}

const mirror = "https://mirror/alpine/"

// fakeApk puts a script on PATH in place of apk; in it $root is the machine's.
func fakeApk(t *testing.T, root, script string) {
	t.Helper()
	bin := t.TempDir()
	writeBelow(t, bin, "apk", "#!/bin/sh\nroot='"+root+"'\n"+script, 0o755)
	t.Setenv("PATH", bin+":/usr/bin:/bin")
}

func TestSwitch(t *testing.T) {
	m, log := newMachine(t, "3.24.1\n", mirror+"v3.24/main\n")
	m.ApkCache = "/the/cache"
	fakeApk(t, m.Root, `echo "apk $*"; env; cat "$root/etc/apk/repositories"; echo 3.20.3 >"$root/etc/alpine-release"`)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "leaking")
	if err := m.Switch(t.Context(), "v3.20"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"apk upgrade --available --update-cache --wait 60 --cache-dir /the/cache --root " + m.Root,
		mirror + "v3.20/main\n" + mirror + "v3.20/community\n",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in:\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "leaking") {
		t.Errorf("apk sees secrets:\n%s", log)
	}
}

func TestSwitchFails(t *testing.T) {
	const before = mirror + "v3.24/main\n"
	for name, c := range map[string]struct{ script, want, repositories string }{
		"no such release": {"echo 'ERROR: v3.29: not found'; exit 1", "is it a release", before},
		"halfway": {`echo 3.20.3 >"$root/etc/alpine-release"; exit 3`, "of two releases",
			mirror + "v3.20/main\n" + mirror + "v3.20/community\n"},
		"pinned": {"exit 0", "has left this Alpine at v3.24", mirror + "v3.20/main\n" + mirror + "v3.20/community\n"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := newMachine(t, "3.24.1\n", before)
			fakeApk(t, m.Root, c.script)
			if err := m.Switch(t.Context(), "v3.20"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
			text, err := os.ReadFile(filepath.Join(m.Root, repositoriesFile))
			if diff := cmp.Diff(string(text), c.repositories); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if left, _ := filepath.Glob(filepath.Join(m.Root, repositoriesFile+"?*")); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// publish puts packages of one file each, by name and version, into a branch's repository below root.
func publish(t *testing.T, key *apk.PrivateKey, root string, at repository.Location, packages ...apk.Info) {
	t.Helper()
	var files []string
	for _, info := range packages {
		tree := t.TempDir()
		writeBelow(t, tree, "etc/"+info.Name, strings.TrimSuffix(info.Version, "-r0")+"\n", 0o644)
		info.Arch, info.License, info.BuildDate, info.Description, info.URL = apk.HostArch(), "MIT", 1, info.Name, "https://example.org"
		file := filepath.Join(t.TempDir(), info.Filename())
		if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: tree}); err != nil {
			t.Fatal(err)
		}
		if err := apk.SignFile(t.Context(), file, file, key); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	st, err := dir.New(root)
	if err != nil {
		t.Fatal(err)
	}
	r := repository.Request{Location: at, Packages: files, Keys: []*apk.PrivateKey{key}}
	if _, err := repository.Publish(t.Context(), st, r); err != nil {
		t.Fatal(err)
	}
}

// The real apk brings a root to an older release and back: packages that only one of them has come and go with what
// depends on them, and the cache holds what was downloaded.
func TestRealSwitch(t *testing.T) {
	if _, err := exec.LookPath("apk"); err != nil {
		t.Skip("needs apk: not on PATH")
	}
	if os.Geteuid() != 0 {
		t.Skip("apk needs root")
	}
	key, err := apk.GenerateKey("alpine-test.rsa")
	if err != nil {
		t.Fatal(err)
	}
	alpine := t.TempDir() + "/"
	release, tool, helper := apk.Info{Name: "alpine-release"}, apk.Info{Name: "tool"}, apk.Info{Name: "helper", Version: "7-r0"}
	release.Version, tool.Version = "3.24.1-r0", "2.0-r0"
	publish(t, key, alpine, repository.Location{Branch: "v3.24", Repository: "main"}, release, tool)
	publish(t, key, alpine, repository.Location{Branch: "v3.24", Repository: "community"}, apk.Info{Name: "other", Version: "1-r0"})
	release.Version, tool.Version, tool.Depends = "3.20.3-r0", "1.0-r0", []string{"helper"}
	publish(t, key, alpine, repository.Location{Branch: "v3.20", Repository: "main"}, release, tool)
	publish(t, key, alpine, repository.Location{Branch: "v3.20", Repository: "community"}, helper)

	m, log := newMachine(t, "", alpine+"v3.24/main\n")
	m.ApkCache = t.TempDir()
	writeBelow(t, m.Root, "etc/apk/keys/"+key.Name+".pub", string(key.Public().PEM()), 0o644)
	run := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), "apk", append(args, "--root", m.Root)...).CombinedOutput()
		if err != nil {
			t.Fatalf("apk %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("add", "--initdb", "--update-cache", "alpine-release", "tool")
	for _, c := range []struct{ branch, has, hasNot string }{
		{"v3.20", "tool-1.0-r0 helper-7-r0", "tool-2.0-r0"}, {"v3.24", "tool-2.0-r0", "helper-7-r0"},
	} {
		if err := m.Switch(t.Context(), c.branch); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		installed := strings.Fields(run("info", "--verbose"))
		for want := range strings.FieldsSeq(c.has) {
			if !strings.Contains(strings.Join(installed, " ")+" ", want+" ") {
				t.Errorf("%s: no %s: %v", c.branch, want, installed)
			}
		}
		if strings.Contains(strings.Join(installed, " "), c.hasNot) {
			t.Errorf("%s: %s is still there", c.branch, c.hasNot)
		}
	}
	if err := m.Switch(t.Context(), "v3.25"); err == nil {
		t.Error("a release that the mirror does not have")
	}
	if got, err := m.Branch(); got != "v3.24" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}
