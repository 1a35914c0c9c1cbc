package native

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/goldentest"
)

const header = "pkgname=demo\npkgver=1.0\npkgrel=0\npkgdesc=demo\nurl=https://example.org\narch=all\nlicense=MIT\n"

// newJob is the job of building an APKBUILD that consists of header and body, and its log.
func newJob(t *testing.T, body string) (builder.Job, *bytes.Buffer) {
	t.Helper()
	work := openDir(t)
	var log bytes.Buffer
	j := builder.Job{Inputs: builder.Inputs{Arch: "x86_64", Epoch: goldentest.Epoch, Packager: goldentest.Packager}, Run: builder.Run{
		Dir: filepath.Join(work, "main", "demo"), Output: filepath.Join(work, "out"), TempDir: filepath.Join(work, "tmp"),
		Outer: os.Getenv, Log: &log,
	}}
	for _, dir := range []string{j.Dir, j.Output, j.TempDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(j.Dir, "APKBUILD"), []byte(header+body), 0o644); err != nil {
		t.Fatal(err)
	}
	return j, &log
}

// build builds an APKBUILD that consists of header and body.
func build(t *testing.T, body string, change func(*builder.Job)) ([]string, *bytes.Buffer, error) {
	t.Helper()
	j, log := newJob(t, body)
	if change != nil {
		change(&j)
	}
	files, err := Builder{}.Build(context.Background(), j)
	return files, log, err
}

func TestFailingCommand(t *testing.T) {
	_, log, err := build(t,
		"build() {\n\techo started\n\techo 'boom: hunter22' >&2\n\tfalse || exit 7\n}\npackage() { mkdir \"$pkgdir\"; }\n",
		func(j *builder.Job) { j.Secrets = []string{"hunter22"} })
	var failed *builder.CommandError
	if !errors.As(err, &failed) {
		t.Fatalf("%v", err)
	}
	want := &builder.CommandError{Function: "build", ExitCode: 7, Tail: []string{"started", "boom: ***"}}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(log.String(), "hunter22") || !strings.Contains(log.String(), "boom: ***") {
		t.Errorf("log: %s", log)
	}
}

func TestMissingCommand(t *testing.T) {
	_, log, err := build(t, "makedepends=zola\nbuild() { echo ran; }\npackage() { mkdir \"$pkgdir\"; }\n", nil)
	var failed *builder.CommandError
	if _, found := exec.LookPath("zola"); found == nil {
		t.Skip("zola is on this machine")
	}
	if !errors.As(err, &failed) || failed.Missing != "zola" || failed.Package != "zola" || strings.Contains(log.String(), "ran") {
		t.Errorf("%v\n%s", err, log)
	}
	_, _, err = build(t, "build() { no-such-command --version; }\npackage() { mkdir \"$pkgdir\"; }\n", nil)
	if !errors.As(err, &failed) || failed.Missing != "no-such-command" || failed.ExitCode != 127 {
		t.Errorf("%+v", failed)
	}
}

// The build sees the allow-list and nothing else of this process's environment.
func TestEnvironment(t *testing.T) {
	t.Setenv("INPUT_SIGNING-KEY", "hunter2")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	_, log, err := build(t, "build() { env; }\npackage() { mkdir \"$pkgdir\"; }\n", func(j *builder.Job) {
		j.Env = map[string]string{"MODE": "production"}
		j.CacheDir = filepath.Join(j.TempDir, "cache")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"MODE=production\n", "SOURCE_DATE_EPOCH=1700000000\n", "TZ=UTC\n", "CARCH=x86_64\n", "/cache/go-mod\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Errorf("a secret reached the build:\n%s", log)
	}
}

// A later build writes to the caches that an earlier one has filled.
func TestCachesStayWritable(t *testing.T) {
	_, log, err := build(t,
		"build() { touch \"$npm_config_cache/new\" \"$GOCACHE/new\" && echo written; }\npackage() { mkdir \"$pkgdir\"; }\n",
		func(j *builder.Job) {
			kept := filepath.Join(j.TempDir, "kept") // with the packages of builds, which they must not see
			j.Hide, j.CacheDir = append(j.Hide, kept), filepath.Join(kept, "tools")
			for _, dir := range []string{"npm", "go-build"} {
				if err := os.MkdirAll(filepath.Join(j.CacheDir, dir), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(filepath.Join(j.CacheDir, dir), 0o777); err != nil { //#nosec G302 -- the build's user writes there
					t.Fatal(err)
				}
			}
		})
	if err != nil || !strings.Contains(log.String(), "written") {
		t.Errorf("%v\n%s", err, log)
	}
}

func TestRunsAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	_, log, err := build(t, "build() { echo \"uid $(id -u), groups $(id -G)\"; }\npackage() { mkdir \"$pkgdir\"; }\n", nil)
	if err != nil || strings.Contains(log.String(), "uid 0") || !strings.Contains(log.String(), "uid ") {
		t.Errorf("%v\n%s", err, log)
	}
}

func TestOwners(t *testing.T) {
	files, log, err := build(t, `pkgusers="demo other"
pkggroups="demo"
package() {
	mkdir -p "$pkgdir"/var/lib/demo/tree/deep
	cd "$pkgdir"/var/lib/demo
	echo 1 >tree/deep/file
	ln -s file tree/deep/link
	echo x >gone
	chown demo:demo gone
	rm gone
	echo y >root-owned
	chown -R demo:demo tree
	chown root: tree/deep
	chgrp demo root-owned
	install -d -o other -m 700 'with blank'
	install -Dm 640 -o demo -g demo -- root-owned installed/here
	install -t . -o other tree/deep/file
	mkdir into
	install -m644 -gdemo tree/deep/file installed/here into
	cp -a tree/deep/file copy
	cp -dpR tree/. 'copied tree'
	cp -p -t into tree/deep/link
	cp -Rp tree/deep copy into/
	cp tree/deep/file plain
	mv tree moved
}
`, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	got := map[string]string{}
	for _, f := range goldentest.Files(t, files[0]) {
		if name, ok := strings.CutPrefix(f.Path, "var/lib/demo/"); ok && name != "" {
			got[name] = f.Uname + ":" + f.Gname
		}
	}
	want := map[string]string{
		"moved/": "demo:demo", "moved/deep/": "root:root", "moved/deep/file": "demo:demo", "moved/deep/link": "demo:demo",
		"root-owned": "root:demo", "with blank/": "other:root", "installed/": "root:root", "installed/here": "demo:demo",
		"file": "other:root", "into/": "root:root", "into/file": "root:demo", "into/here": "root:demo",
		"copy": "demo:demo", "copied tree/": "demo:demo", "copied tree/deep/": "root:root", "copied tree/deep/file": "demo:demo",
		"copied tree/deep/link": "demo:demo", "into/link": "demo:demo", "into/deep/": "root:root", "into/deep/file": "demo:demo",
		"into/deep/link": "demo:demo", "into/copy": "demo:demo", "plain": "root:root",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, _, err = build(t, "package() { mkdir \"$pkgdir\"; echo >\"$pkgdir\"/f; chown stranger \"$pkgdir\"/f; }\n", nil)
	if err == nil || !strings.Contains(err.Error(), "stranger, which is not in pkgusers") {
		t.Errorf("%v", err)
	}
}

func TestForeignBinaries(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	install := "package() { install -Dm755 '" + self + "' \"$pkgdir\"/usr/bin/demo; }\n"
	for name, tc := range map[string]struct{ body, want string }{
		"noarch": {"arch=noarch\n" + install, "every architecture"},
		"other":  {"arch=aarch64\n" + install, "compiled for EM_"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.Chmod(self, 0o755); err != nil {
				t.Fatal(err)
			}
			for p := filepath.Dir(self); len(p) > len(os.TempDir()); p = filepath.Dir(p) {
				_ = os.Chmod(p, 0o755)
			}
			_, _, err := build(t, tc.body, func(j *builder.Job) {
				if name == "other" {
					j.Arch = "s390x"
					if apk.HostArch() == "s390x" {
						j.Arch = "x86_64"
					}
				}
			})
			if name == "other" {
				// The APKBUILD's arch does not allow it either; allow it to see the binary's.
				_, _, err = build(t, install, func(j *builder.Job) {
					if j.Arch = "s390x"; apk.HostArch() == "s390x" {
						j.Arch = "x86_64"
					}
				})
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
	cc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("needs gcc")
	}
	body := "build() { mkdir -p \"$srcdir\"; echo 'int main(void){return 0;}' >\"$srcdir\"/a.c; " + cc +
		" -o \"$srcdir\"/a \"$srcdir\"/a.c; }\n" +
		"package() { install -Dm755 \"$srcdir\"/a \"$pkgdir\"/usr/bin/a; }\n"
	_, log, err := build(t, body, func(j *builder.Job) { j.Arch = apk.HostArch() })
	if err == nil || !strings.Contains(err.Error(), "GNU C library") {
		t.Errorf("%v\n%s", err, log)
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	j, _ := newJob(t, "build() { echo started; sleep 1000; }\npackage() { mkdir \"$pkgdir\"; }\n")
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan struct{}, 1)
	j.Log = writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("started")) {
			started <- struct{}{}
		}
		return len(p), nil
	})
	go func() {
		select {
		case <-started:
		case <-time.After(20 * time.Second):
		}
		cancel()
	}()
	if _, err := (Builder{}).Build(ctx, j); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(j.Output); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// The driver is read by every shell that may be /bin/sh.
func TestDriverParses(t *testing.T) {
	for _, shell := range []string{"dash", "bash", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("no %s on this machine", shell)
			continue
		}
		args := []string{"-n", "driver.sh"}
		if shell == "busybox" {
			args = append([]string{"sh"}, args...)
		}
		if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
	}
}

// A maintainer may stand in a comment, as in Alpine's own APKBUILDs; the variable wins.
func TestMaintainer(t *testing.T) {
	for body, want := range map[string]string{
		"# Maintainer: Ada Example <ada@example.org>\n":                                               "Ada Example <ada@example.org>",
		"# Maintainer: Ada Example <ada@example.org>\nmaintainer=\"Bob Example <bob@example.org>\"\n": "Bob Example <bob@example.org>",
		"": "",
	} {
		files, log, err := build(t, body+"package() { mkdir \"$pkgdir\"; }\n", nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		p, err := apk.ReadFile(files[0])
		if err != nil || p.Info.Maintainer != want {
			t.Errorf("%q: %q, %v", body, p.Info.Maintainer, err)
		}
	}
}

// A tree of 20,000 files comes out whole, in order and with its parent directories.
func TestManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	const dirs, each = 400, 50
	body := fmt.Sprintf(`options=!tracedeps
package() {
	local d=1 f=0
	mkdir -p "$pkgdir"/var/lib/demo/d0
	cd "$pkgdir"/var/lib/demo
	while [ $f -lt %d ]; do
		printf '%%s\n' $f >d0/f$f
		f=$((f + 1))
	done
	while [ $d -lt %d ]; do
		cp -R d0 d$d
		d=$((d + 1))
	done
}
`, each, dirs)
	files, log, err := build(t, body, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	var want, got []string
	for _, name := range []string{"var", "var/lib", "var/lib/demo"} {
		want = append(want, name+"/ 755 0")
	}
	for d := range dirs {
		want = append(want, fmt.Sprintf("var/lib/demo/d%d/ 755 0", d))
		for f := range each {
			want = append(want, fmt.Sprintf("var/lib/demo/d%d/f%d 644 %d", d, f, len(fmt.Sprintf("%d\n", f))))
		}
	}
	slices.SortFunc(want, func(a, b string) int { return strings.Compare(entryName(a), entryName(b)) })
	for _, f := range goldentest.Files(t, files[0]) {
		got = append(got, fmt.Sprintf("%s %s %d", f.Path, f.Mode, f.Size))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// entryName is the name that entries are sorted by: directories without their slash.
func entryName(line string) string {
	name, _, _ := strings.Cut(line, " ")
	return strings.TrimSuffix(name, "/")
}
