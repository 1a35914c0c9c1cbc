package abuild

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// testdata holds build directories: greeter is one as this program renders them, with the
// application in app/, a service file and a script beside the APKBUILD. Embedded, so that the
// test's binary runs on another machine.
//
//go:embed testdata
var testdata embed.FS

// needAbuild skips a test where the real abuild is missing or of no use.
func needAbuild(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("abuild"); err != nil {
		t.Skip("needs abuild: not on PATH")
	}
	if may, err := mayInstall(); err != nil || !may && os.Geteuid() != 0 {
		t.Skip("needs root or the group abuild, to install what builds depend on", err)
	}
}

// real returns a job for the greeter and skips the test where there is no real abuild. The edits
// are pairs of old and new text of the APKBUILD.
func real(t *testing.T, edits ...string) (builder.Job, *lockedBuffer) {
	t.Helper()
	needAbuild(t)
	j, log := newJob(t, "greeter")
	files, err := fs.Sub(testdata, "testdata/greeter")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(j.Dir, files); err != nil {
		t.Fatal(err)
	}
	apkbuild := filepath.Join(j.Dir, "APKBUILD")
	text, err := os.ReadFile(apkbuild)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.NewReplacer(edits...).Replace(string(text)))
	if err := os.WriteFile(apkbuild, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return j, log
}

// world is what is installed on request; a build must not change it.
func world(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/etc/apk/world")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReal(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "leaking")
	j, log := real(t, "build() {", "build() {\n\tenv; export -p")
	before := world(t)
	packages, err := Builder{}.Build(t.Context(), j)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	want := []string{filepath.Join(j.Output, "greeter-1.2.0-r3.apk"), filepath.Join(j.Output, "greeter-openrc-1.2.0-r3.apk")}
	if diff := cmp.Diff(want, packages); diff != "" {
		t.Fatal(diff)
	}
	main := read(t, packages[0])
	var names []string
	for _, f := range main.Files {
		names = append(names, f.User+":"+f.Group+" "+f.Name)
	}
	wantNames := []string{"root:root usr/", "root:root usr/lib/", "root:root usr/lib/greeter/", "root:root usr/lib/greeter/greeter"}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Error(diff)
	}
	wantInfo := apk.Info{
		Name: "greeter", Version: "1.2.0-r3", Arch: "noarch", Origin: "greeter", BuildDate: 1700000000, Commit: "0123abc",
		Description: "Greets from a small service", URL: "https://example.org/greeter", License: "MIT",
		Packager: "Ada Example <ada@example.org>", Maintainer: "Ada Example <ada@example.org>",
		Depends: []string{"/bin/sh"}, Size: main.Info.Size,
	}
	if diff := cmp.Diff(wantInfo, main.Info); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"openrc", "greeter=1.2.0-r3"}, read(t, packages[1]).Info.InstallIf); diff != "" {
		t.Error(diff)
	}
	if text := log.String(); !strings.Contains(text, "built with GREETING=it's me") || strings.Contains(text, "leaking") {
		t.Errorf("wrong environment:\n%s", text)
	}
	if diff := cmp.Diff(before, world(t)); diff != "" {
		t.Error(diff)
	}
}

func TestRealRepeats(t *testing.T) {
	var hashes []string // of the data as compressed
	for range 2 {
		j, log := real(t)
		packages, err := Builder{}.Build(t.Context(), j)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		p, err := apk.ReadFile(packages[0])
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, p.Info.DataHash)
	}
	if diff := cmp.Diff(hashes[0], hashes[1]); diff != "" {
		t.Error(diff)
	}
}

func TestRealFailures(t *testing.T) {
	const inBuild = "built with"
	tests := map[string]struct {
		edits []string
		check func(error) bool
	}{
		"a command fails": {
			[]string{"build() {", "build() {\n\techo oh no; false"},
			func(err error) bool {
				var e *builder.CommandError
				return errors.As(err, &e) && e.Function == "build" && e.ExitCode == 1 && e.Tail[len(e.Tail)-1] == "oh no"
			},
		},
		"a command is missing": {
			[]string{"package() {", "package() {\n\tno-such-command -x"},
			func(err error) bool {
				var e *builder.CommandError
				return errors.As(err, &e) && e.Function == "package" && e.Missing == "no-such-command"
			},
		},
		"a dependency is missing": {
			[]string{`arch="noarch"`, "arch=\"noarch\"\nmakedepends=\"no-such-package\""},
			func(err error) bool {
				var e *DependencyError
				return errors.As(err, &e) && cmp.Equal(e.Packages, []string{"no-such-package"})
			},
		},
		"another architecture": {
			[]string{`arch="noarch"`, `arch="s390x"`},
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "made no package of greeter") },
		},
		"outside the file system standard": {
			[]string{"/usr/lib/greeter/greeter", "/opt/greeter"},
			func(err error) bool {
				var e *builder.RefusedError
				return errors.As(err, &e) && strings.Contains(err.Error(), "Packages must not put anything under ") // and the places
			},
		},
		"a name that apk does not install": {
			[]string{"package() {", "package() {\n\tmkdir -p \"$pkgdir\"/usr/share; : > \"$pkgdir\"/usr/share/\"$(printf 'a\\tb')\""},
			func(err error) bool {
				var e *builder.RefusedError
				return errors.As(err, &e) && strings.Contains(err.Error(), `the name "/usr/share/a\tb"`)
			},
		},
		"a hard link to a symbolic link": {
			[]string{"package() {", "package() {\n\tmkdir -p \"$pkgdir\"/usr/share; cd \"$pkgdir\"/usr/share; ln -s x a; ln a b; cd -"},
			func(err error) bool {
				var e *builder.RefusedError
				return errors.As(err, &e) && strings.Contains(err.Error(), "usr/share/b, a hard link to the symbolic link usr/share/a")
			},
		},
		"a program for another machine": {
			[]string{`arch="noarch"`, `arch="all"`, `"!check"`, `"!check !strip !tracedeps"`, "package() {", `package() {
	mkdir -p "$pkgdir"/usr/bin
	{ printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\001\000\001\000\000\000'
		head -c 44 /dev/zero; } >"$pkgdir"/usr/bin/odd
`},
			func(err error) bool {
				var e *builder.RefusedError
				return errors.As(err, &e) && strings.Contains(err.Error(), "/usr/bin/odd is compiled for EM_M32, and the package is for")
			},
		},
		"a missing source": {
			[]string{"build() {", "source=\"none.txt\"\nsha512sums=\"00  none.txt\"\nbuild() {"},
			func(err error) bool { return errors.As(err, new(*builder.RefusedError)) },
		},
		"a bad name": {
			[]string{"pkgname=greeter", "pkgname=-greeter"},
			func(err error) bool { return err != nil },
		},
		"a bad version": {
			[]string{"pkgver=1.2.0", "pkgver=1.2.0-beta"},
			func(err error) bool {
				var e *builder.RefusedError
				return errors.As(err, &e) && (strings.Contains(err.Error(), "1.2.0-beta is not a valid version") ||
					strings.Contains(err.Error(), "Failed to create index")) // before abuild 3.13
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			j, log := real(t, tc.edits...)
			before := world(t)
			if packages, err := (Builder{}).Build(t.Context(), j); !tc.check(err) {
				t.Errorf("got %v, %v\n%s", packages, err, log)
			}
			if diff := cmp.Diff(before, world(t)); diff != "" {
				t.Error(diff)
			}
			if name == "a command fails" && strings.Contains(log.String(), inBuild) {
				t.Error("the build went on after the failure")
			}
		})
	}
}

func TestRealCancel(t *testing.T) {
	j, log := real(t, "build() {", "build() {\n\techo now sleeping; sleep 300")
	before := world(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	j.Log = writerFunc(func(p []byte) (int, error) {
		if strings.Contains(string(p), "now sleeping") {
			cancel()
		}
		return log.Write(p)
	})
	if _, err := (Builder{}).Build(ctx, j); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v\n%s", err, log)
	}
	if diff := cmp.Diff(before, world(t)); diff != "" {
		t.Errorf("dependencies stay: %s\n%s", diff, log)
	}
}
