package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/console/consoletest"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/root/roottest"
	"github.com/pakman/build/pkg/sandbox"
)

func TestMain(m *testing.M) {
	roottest.Main()
	os.Exit(m.Run())
}

// inRoot returns an application whose build shows where it is, and the options to build it with a mirror.
func inRoot(t *testing.T, command string) (pipeline.BuildOptions, *roottest.Mirror) {
	t.Helper()
	if sandbox.Available() != sandbox.Namespaces {
		t.Skip("needs namespaces")
	}
	m := roottest.New(t)
	m.Add(t, "zola", nil, map[string]roottest.File{"usr/bin/zola": {Text: "#!/bin/sh\necho built by zola\n", Mode: 0o755}})
	dir := t.TempDir()
	text := "name: hello\nversion: 1.0.0\nstack: alpine/3.19\ndependencies:\n  build: [zola]\nbuild:\n  command: |\n    " +
		strings.ReplaceAll(command, "\n", "\n    ") + "\n  destinations: [out]\n"
	for name, content := range map[string]string{"pakman.yml": text, "source.txt": "a source\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := buildOptions(t, dir)
	cache, err := os.MkdirTemp("", "pakman-cache-") //nolint:usetesting // t.TempDir() is closed to the build's user
	if err == nil {
		err = os.Chmod(cache, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(cache) })
	o.Cache.Dir = cache
	o.Builder, o.Roots = "root", pipeline.Roots{Dir: filepath.Join(o.Cache.Dir, "roots"), Mirror: m.URL, Keys: m.Keys}
	return o, m
}

// A build sees a root of its release with what it depends on, its own files and caches, and nothing of the machine; it cannot
// change the root.
func TestBuildInRoot(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	o, m := inRoot(t, `[ "$(cat /etc/alpine-release)" = 3.19.9 ]
[ "$PATH" = /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ]
for path in '`+secret+`' /opt /var/lib/dpkg /usr/share/doc /etc/shadow; do
	if [ -e "$path" ]; then echo "$path is seen"; exit 1; fi
done
if echo changed 2>/dev/null >/etc/alpine-release || mkdir /home/more 2>/dev/null; then echo "the root is changed"; exit 1; fi
echo x >/dev/null; [ -d /proc/self ]; echo x >/tmp/x; [ -s /etc/hosts ]
echo cached >>"$GOCACHE.count"; wc -l <"$GOCACHE.count"
mkdir out
zola >out/page
cat source.txt >>out/page`)
	console := &consoletest.Buffer{}
	rep, err := pipeline.Build(t.Context(), o, console)
	if err != nil {
		t.Fatalf("%v\n%s", err, console)
	}
	if rep.Builder != "root" || len(rep.Packages) != 1 || !strings.HasSuffix(rep.Packages[0].File, "/v3.19/main/"+rep.Arch+"/hello-1.0-r0.apk") {
		t.Errorf("%+v", rep)
	}
	before := m.Requests.Load()
	o.Cache.Force = true
	if _, err := pipeline.Build(t.Context(), o, console); err != nil || m.Requests.Load() != before {
		t.Errorf("offline: %v, %d requests\n%s", err, m.Requests.Load()-before, console)
	}
	o.Cache.Force = false
	if rep, err = pipeline.Build(t.Context(), o, console); err != nil || fmt.Sprint(rep.Skipped) != "[hello]" {
		t.Errorf("unchanged: %v, %v", rep, err)
	}
}

// "auto" takes a root where the machine lacks a program, and says so; a failing command is the user's.
func TestRootIsChosen(t *testing.T) {
	o, m := inRoot(t, "zola && false")
	o.Builder, o.Env = "auto", map[string]string{"PATH": "/bin:/usr/bin"}
	console := &consoletest.Buffer{}
	_, err := pipeline.Build(t.Context(), o, console)
	if err == nil || !strings.Contains(err.Error(), "pakman.yml:8") {
		t.Errorf("%v", err)
	}
	if !strings.Contains(console.String(), "building in a root of Alpine, because this machine has no zola") ||
		!strings.Contains(console.String(), "built by zola") {
		t.Errorf("%s", console)
	}
	for name, c := range map[string]struct {
		change func(*pipeline.BuildOptions)
		says   string
	}{
		"no place": {func(o *pipeline.BuildOptions) { o.Roots.Dir = "" }, "pass --cache-dir"},
		"another machine": {func(o *pipeline.BuildOptions) { o.Arch, o.Recipe.Arches = "s390x", []string{"s390x"} },
			"cannot be used on this machine"},
		"no mirror": {func(o *pipeline.BuildOptions) { o.Roots = pipeline.Roots{Dir: t.TempDir(), Mirror: m.URL + "/none"} },
			"has no Alpine v3.19"},
		"no mirror, chosen": {func(o *pipeline.BuildOptions) {
			o.Builder, o.Roots = "auto", pipeline.Roots{Dir: t.TempDir(), Mirror: m.URL + "/none"}
		}, "this machine has no zola: install it, or let PAKman make a root of Alpine, which failed: the mirror"},
		"no place, chosen": {func(o *pipeline.BuildOptions) { o.Builder, o.Roots.Dir = "auto", "" }, "the command zola is not on this machine: install it"},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Builder = "root"
			c.change(&o)
			if _, err := pipeline.Build(t.Context(), o, &consoletest.Buffer{}); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; want %q", err, c.says)
			}
		})
	}
}

// What only the tests of an APKBUILD need is no reason for a root where they do not run.
func TestNoRootForTestsThatDoNotRun(t *testing.T) {
	o, m := inRoot(t, "true")
	apkbuild := "pkgname=own\npkgver=1.0\npkgrel=0\npkgdesc=own\nurl=https://example.org\narch=noarch\nlicense=MIT\n" +
		"checkdepends=zola\n%s\ncheck() { zola; }\npackage() { mkdir -p \"$pkgdir\"/usr/share/own; }\n"
	for options, want := range map[string]string{"options='!check !strip'": "native", "": "root"} {
		o := o
		dir := t.TempDir()
		o.Dirs, o.Builder, o.Env = []string{dir}, "auto", map[string]string{"PATH": "/bin:/usr/bin"}
		o.Recipe.Alpine, o.Recipe.Version = "3.19", ""
		if err := os.WriteFile(filepath.Join(dir, "APKBUILD"), fmt.Appendf(nil, apkbuild, options), 0o644); err != nil {
			t.Fatal(err)
		}
		before := m.Requests.Load()
		rep, err := pipeline.Build(t.Context(), o, &consoletest.Buffer{})
		if err != nil || rep.Builder != want || (m.Requests.Load() > before) != (want == "root") {
			t.Errorf("%q: %+v, %v; want %s", options, rep, err, want)
		}
	}
}
