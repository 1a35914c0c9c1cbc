package abuild

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// fake puts scripts on PATH in place of abuild, apk, adduser and addgroup, and returns the file in
// which the latter three write what they were asked to do. It stands in for the real programs
// where a fault must be made to happen.
func fake(t *testing.T, abuild string) (calls func() string) {
	t.Helper()
	bin := openDir(t)
	log := filepath.Join(bin, "calls")
	create(t, filepath.Join(bin, "main.apk"), helloInfo("hello", "x86_64"), nil)
	create(t, filepath.Join(bin, "doc.apk"), helloInfo("hello-doc", "noarch"), nil)
	scripts := map[string]string{"abuild": strings.ReplaceAll(abuild, "PACKAGES", bin)}
	for _, name := range []string{"apk", "adduser", "addgroup"} {
		scripts[name] = `echo "` + name + ` $*" >>` + log + `; case "$*" in *broken*) exit 1;; esac` + "\n"
	}
	scripts["apk"] += `case "$*" in *no-such-package*)
	echo "ERROR: unable to select packages:"
	echo "  no-such-package (no such package):"
	echo "    required by: .makedepends-hello-20261124[no-such-package]"
	exit 1;; esac
`
	for name, body := range scripts {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+body), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	return func() string {
		text, err := os.ReadFile(log)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return string(text)
	}
}

// helloAPKBUILD is the APKBUILD of what a fake abuild makes.
const helloAPKBUILD = `pkgname=hello
pkgver=1.0
pkgrel=0
pkgdesc=Hello
url=https://example.org
arch=all
license=MIT
subpackages=$pkgname-doc
doc() { pkgdesc="Hello (documents)"; }
package() { mkdir -p "$pkgdir"; }
`

// helloInfo is what abuild says of a package of it.
func helloInfo(name, arch string) apk.Info {
	info := apk.Info{
		Name: name, Version: "1.0-r0", Arch: arch, Origin: "hello", Description: "Hello", URL: "https://example.org", License: "MIT",
		BuildDate: 1700000000, Commit: "0123abc", Packager: "Ada Example <ada@example.org>",
	}
	if name != "hello" {
		info.Description = "Hello (documents)"
	}
	return info
}

// create makes a package.
func create(t *testing.T, file string, info apk.Info, files map[string]string, scripts ...apk.Script) {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := apk.Create(t.Context(), file, info, scripts, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
}

// openDir is t.TempDir, reachable for other users.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != filepath.Clean(os.TempDir()) && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newJob is a job for the package name in repository main; the build directory is empty, but for that of hello.
func newJob(t *testing.T, name string) (builder.Job, *lockedBuffer) {
	t.Helper()
	dir := openDir(t)
	log := &lockedBuffer{}
	j := builder.Job{Inputs: builder.Inputs{
		Arch: "x86_64", Epoch: 1700000000, Commit: "0123abc", Packager: "Ada Example <ada@example.org>",
		Env: map[string]string{"GREETING": "it's me"},
	}, Run: builder.Run{
		Dir:    filepath.Join(dir, "main", name),
		Output: filepath.Join(dir, "out"), TempDir: filepath.Join(dir, "tmp"), CacheDir: filepath.Join(dir, "cache"),
		Log: log, Outer: os.Getenv,
	}}
	for _, d := range []string{j.Dir, j.Output, j.TempDir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if name == "hello" {
		if err := os.WriteFile(filepath.Join(j.Dir, "APKBUILD"), []byte(helloAPKBUILD), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return j, log
}

// lockedBuffer is a log that a test may read while the build writes.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// wishing begins a fake abuild that answers what it would install.
const wishing = `case "$*" in *"deps mkusers"*)
	echo "noise of the APKBUILD"
	$SUDO_APK add --wait 30 --repository /x --virtual .makedepends-hello build-base 'nodejs>=20'
	$ADDGROUP -S ledger
	$ADDUSER -S -D -H ledger
	$ADDUSER -S -D -H -G users member
	$ADDUSER -S -D -H alone
	exit;;
esac
`

// making lets a fake abuild make two packages, which fake has made in the directory PACKAGES.
const making = `d=$REPODEST/main/x86_64; mkdir -p $d
env >env
cp PACKAGES/main.apk $d/hello-1.0-r0.apk
cp PACKAGES/doc.apk $d/hello-doc-1.0-r0.apk
`

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: builds run as another user")
	}
}

func TestBuildAsRoot(t *testing.T) {
	needRoot(t)
	calls := fake(t, wishing+making+`cat "$HOME/.abuild/abuild.conf"; id -u; id -G; umask
[ -r "$HOME/.abuild/temporary.rsa.pub" ] && touch "$PWD/written" && echo "options $*"
echo ">>> hello: Entering fakeroot..." >&2; echo "token hunter2" >&2
`)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "leak")
	t.Setenv("INPUT_SIGNING-KEY", "leak")
	j, log := newJob(t, "hello")
	j.Secrets = []string{"hunter2"}
	var stages []string
	j.Progress = func(stage string) { stages = append(stages, stage) }

	got, err := Builder{}.Build(t.Context(), j)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	want := []string{filepath.Join(j.Output, "hello-1.0-r0.apk"), filepath.Join(j.Output, "hello-doc-1.0-r0.apk")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"prepare", "build", "package"}, stages); diff != "" {
		t.Error(diff)
	}
	as, err := findAccount("")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"export GREETING='it'\\''s me'", itoa(as.UID) + "\n" + itoa(as.GID) + "\n0022", "options -m -d", "token ***",
	} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("log lacks %q:\n%s", line, log)
		}
	}
	wantCalls := "addgroup -S ledger\nadduser -S -D -H -G ledger ledger\nadduser -S -D -H -G users member\nadduser -S -D -H alone\n" +
		"apk add --wait 60 --virtual .makedepends-hello build-base nodejs>=20\napk del --wait 60 .makedepends-hello\n"
	if diff := cmp.Diff(wantCalls, calls()); diff != "" {
		t.Error(diff)
	}
	checkEnvironment(t, filepath.Join(j.Dir, "env"))
}

// checkEnvironment reads what the fake abuild saw.
func checkEnvironment(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"SOURCE_DATE_EPOCH=1700000000", "ABUILD_LAST_COMMIT=0123abc", "PACKAGER=Ada Example <ada@example.org>", "GREETING=it's me",
	} {
		if !strings.Contains("\n"+string(text), "\n"+line+"\n") {
			t.Errorf("environment lacks %s:\n%s", line, text)
		}
	}
	if strings.Contains(string(text), "leak") {
		t.Errorf("secrets in the environment:\n%s", text)
	}
}

func TestBuildAsUser(t *testing.T) {
	fake(t, making+`echo "options $*" >&2`)
	j, log := newJob(t, "hello")
	path := mustFind(t)
	if _, err := build(t.Context(), path, j, nil); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	may, err := mayInstall()
	if err != nil {
		t.Fatal(err)
	}
	want := "options -m\n"
	if may { // what it depends on is there
		want = "options -m -d\n"
	}
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Error(diff)
	}
}

func TestFailures(t *testing.T) {
	tests := map[string]struct {
		abuild string
		want   error
	}{
		"the user's command": {
			`echo before; echo "/usr/bin/abuild: line 7: npm: not found"; echo ">>> ERROR: hello: build failed"
echo ">>> hello: Uninstalling dependencies..."; echo "(1/1) Purging x"; exit 1`,
			&builder.CommandError{
				Function: "build", ExitCode: 1, Missing: "npm",
				Tail: []string{"before", "/usr/bin/abuild: line 7: npm: not found"},
			},
		},
		"under fakeroot": {
			`echo "cp: no"; echo ">>> ERROR: hello*: package failed"; echo ">>> ERROR: hello: rootpkg failed"; exit 1`,
			&builder.CommandError{Function: "package", ExitCode: 1, Tail: []string{"cp: no"}},
		},
		"refused": {
			`echo ">>> ERROR: hello*: Packages must not put anything under /opt"; echo ">>> ERROR: hello*: prepare_subpackages failed"
echo ">>> ERROR: hello: rootpkg failed"; exit 1`,
			&builder.RefusedError{
				What: "abuild refuses the package in its step prepare_subpackages: Packages must not put anything under /opt"},
		},
		"without a word": {`exit 3`, &builder.RefusedError{What: "abuild refuses the package"}},
		"dependencies that a user may not install": {
			`echo ">>> ERROR: hello: Missing dependencies (use -r to autoinstall them): nodejs npm"; exit 1`,
			&DependencyError{
				Packages: []string{"nodejs", "npm"},
				Hint:     `this user may not install packages: as root run "apk add nodejs npm", or put the user in the group abuild`,
			},
		},
		"dependencies that do not fit": {
			`echo "ERROR: unable to select packages:"; echo "  python3-3.12-r0:"
echo "    breaks: .makedepends-x-20261124.114449[python3>4]"; echo ">>> ERROR: hello: builddeps failed"; exit 1`,
			&DependencyError{
				Packages: []string{"python3>4"}, Hint: installHint,
				Detail: []string{"python3-3.12-r0:", "breaks: .makedepends-x-20261124.114449[python3>4]"},
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			fake(t, tc.abuild)
			j, _ := newJob(t, "hello")
			_, err := build(t.Context(), mustFind(t), j, nil)
			if diff := cmp.Diff(tc.want, err); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFailureTexts(t *testing.T) {
	tests := map[string]struct{ abuild, want string }{
		"no package": {`exit 0`, "abuild made no package of hello: its architectures do not include this machine's"},
		"other architecture": {`mkdir -p $REPODEST/main/x86; echo >$REPODEST/main/x86/hello-1.0-r0.apk`,
			"abuild built hello-1.0-r0.apk for x86, not for x86_64"},
		"other name": {`mkdir -p $REPODEST/main/x86_64; echo >$REPODEST/main/x86_64/hi-1-r0.apk`,
			"the build left /main/x86_64/hi-1-r0.apk where abuild leaves its packages"},
		"a link": {`mkdir -p $REPODEST/main/x86_64; ln -s /etc/shadow $REPODEST/main/x86_64/hello-1.0-r0.apk`,
			"the build left /main/x86_64/hello-1.0-r0.apk"},
		"a directory": {`mkdir -p $REPODEST/main/x86_64/hello-1.0-r0.apk`, "the build left /main/x86_64/hello-1.0-r0.apk"},
		"no apk file": {`mkdir -p $REPODEST/main/x86_64; cd $REPODEST/main/x86_64; echo | tee hello-1.0-r0.apk >hello-doc-1.0-r0.apk`,
			"hello-1.0-r0.apk: "},
		"killed": {`kill -9 $$`, "run abuild: signal: killed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			fake(t, tc.abuild)
			j, _ := newJob(t, "hello")
			_, err := build(t.Context(), mustFind(t), j, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if left, _ := os.ReadDir(j.Output); len(left) > 0 {
				t.Errorf("%v stays in the output", left)
			}
		})
	}
}

func TestUnknownDependencyAsRoot(t *testing.T) {
	needRoot(t)
	calls := fake(t, `$SUDO_APK add --virtual .makedepends-hello no-such-package --repository /x`)
	j, _ := newJob(t, "hello")
	_, err := Builder{}.Build(t.Context(), j)
	want := &DependencyError{
		Packages: []string{"no-such-package"}, Hint: installHint,
		Detail: []string{"no-such-package (no such package):", "required by: .makedepends-hello-20261124[no-such-package]"},
	}
	var got *DependencyError
	if !errors.As(err, &got) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("apk add --wait 60 --virtual .makedepends-hello no-such-package\n", calls()); diff != "" {
		t.Error(diff)
	}
}

func TestCancelRemovesDependencies(t *testing.T) {
	needRoot(t)
	calls := fake(t, wishing+`echo started; sleep 60`)
	j, log := newJob(t, "hello")
	ctx, cancel := context.WithCancel(t.Context())
	j.Log = writerFunc(func(p []byte) (int, error) {
		if strings.Contains(string(p), "started") {
			cancel()
		}
		return log.Write(p)
	})
	_, err := Builder{}.Build(ctx, j)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !strings.HasSuffix(calls(), "apk del --wait 60 .makedepends-hello\n") {
		t.Errorf("dependencies stay:\n%s", calls())
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := (Builder{}).Build(t.Context(), builder.Job{}); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("got %v", err)
	}
}

func TestUserCannotBeMade(t *testing.T) {
	needRoot(t)
	calls := fake(t, `case "$*" in *mkusers*) $ADDGROUP -S broken; $SUDO_APK add --virtual .makedepends-hello build-base;; esac`)
	j, _ := newJob(t, "hello")
	_, err := Builder{}.Build(t.Context(), j)
	if err == nil || !strings.Contains(err.Error(), "make group broken: ") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff("addgroup -S broken\n", calls()); diff != "" {
		t.Error(diff)
	}
}

func TestUnreachableCache(t *testing.T) {
	needRoot(t)
	fake(t, making)
	j, log := newJob(t, "hello")
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	j.CacheDir = filepath.Join(closed, "cache")
	if _, err := (Builder{}).Build(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(j.Dir, "env"))
	if err != nil || strings.Contains(string(text), closed) {
		t.Errorf("the closed directory is used:\n%s%v", text, err)
	}
	if !strings.Contains(log.String(), "building without it") {
		t.Errorf("nothing is said:\n%s", log)
	}
}

func TestUnreachableDirectory(t *testing.T) {
	needRoot(t)
	fake(t, making)
	j, _ := newJob(t, "hello")
	if err := os.Chmod(filepath.Dir(filepath.Dir(j.Dir)), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Builder{}.Build(t.Context(), j)
	if err == nil || !strings.Contains(err.Error(), "who cannot reach "+j.Dir) {
		t.Errorf("got %v", err)
	}
}
