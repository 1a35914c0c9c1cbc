package pipeline

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder/goldentest"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// ownBuild is a build of the directory into a repository that the test throws away.
func ownBuild(t *testing.T, dir string, env map[string]string) BuildOptions {
	t.Helper()
	o := BuildOptions{
		Input: Input{Dir: dir, Getenv: func(name string) string {
			if name == "PATH" {
				return os.Getenv(name)
			}
			return env[name]
		}},
		Arch: goldentest.Arch, Builder: "native", Output: filepath.Join(t.TempDir(), "packages"), Key: signing.Key{Dir: t.TempDir()},
	}
	o.Recipe.Arches = []string{goldentest.Arch}
	return o
}

// The APKBUILDs that abuild's packages are known of come out of the whole pipeline as those packages,
// signed and in a repository; or nothing does. With either builder, where there is abuild.
func TestOwnAPKBUILDs(t *testing.T) {
	eachBuilder(t, testOwnAPKBUILDs)
}

func testOwnAPKBUILDs(t *testing.T, builder string) {
	t.Helper()
	key := signing.Key{Dir: t.TempDir()}
	if _, err := key.Load(&silent{}); err != nil { // once for all of them: making one takes long
		t.Fatal(err)
	}
	goldentest.Each(t, func(t *testing.T, c goldentest.Case) {
		t.Helper()
		o := ownBuild(t, c.Write(t, t.TempDir()), map[string]string{
			"SOURCE_DATE_EPOCH": strconv.Itoa(goldentest.Epoch), "PACKAGER": goldentest.Packager,
		})
		o.Builder, o.Env, o.Key = builder, c.Env(), key
		rep, err := Build(context.Background(), o, &silent{})
		if c.Refused(t) {
			if _, errOutput := os.Stat(o.Output); err == nil || errOutput == nil {
				t.Errorf("abuild refuses this; here: %+v, %v, left in the output: %v", rep, err, errOutput == nil)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Compare(t, filesOf(rep))
	})
}

func filesOf(rep *report.Report) []string {
	var files []string
	for _, p := range rep.Packages {
		files = append(files, p.File)
	}
	slices.Sort(files)
	return files
}

const ownHeader = "pkgname=own\npkgver=1.0\npkgrel=2\npkgdesc=own\nurl=https://example.org\narch=noarch\nlicense=MIT\n"

func writeOwn(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "APKBUILD"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Mistakes in an APKBUILD are told with their line before anything is built.
func TestOwnMistakes(t *testing.T) {
	const body = "package() { mkdir -p \"$pkgdir\"; }\n"
	for name, tc := range map[string]struct{ text, want string }{
		"version":      {strings.Replace(ownHeader, "=1.0\n", "=1.0-beta\n", 1) + body, "APKBUILD:2:1: pkgver:"},
		"name":         {strings.Replace(ownHeader, "=own\n", "='own goal'\n", 1) + body, "APKBUILD:1:1: pkgname:"},
		"subpackage":   {ownHeader + "subpackages='-doc'\n" + body, "APKBUILD:8:1: subpackages:"},
		"release":      {strings.Replace(ownHeader, "=2\n", "=r2\n", 1) + body, "APKBUILD:3:1: pkgrel:"},
		"architecture": {strings.Replace(ownHeader, "noarch", "amd64", 1) + body, "APKBUILD:6:1: arch:"},
		"no licence":   {strings.Replace(ownHeader, "license=MIT\n", "", 1) + body, "APKBUILD: license: is required"},
		"syntax":       {ownHeader + "package() {\n", "APKBUILD:"},
	} {
		t.Run(name, func(t *testing.T) {
			o := ownBuild(t, writeOwn(t, tc.text), nil)
			_, err := Build(context.Background(), o, &silent{})
			var mistake *usererror.InputError
			if !errors.As(err, &mistake) || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), o.Dir) {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
			if _, err := os.Stat(o.Output); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// An APKBUILD is read in a copy that other users cannot reach, and the checkout is hidden from it.
func TestOwnIsReadApart(t *testing.T) {
	dir := writeOwn(t, "")
	text := ownHeader + "_mode=$(stat -c %a \"$startdir/..\")\npkgdesc=\"mode $_mode, read $(cat '" + dir +
		"/APKBUILD' 2>/dev/null | wc -c)\"\n"
	if err := os.WriteFile(filepath.Join(dir, "APKBUILD"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(context.Background(), Input{Dir: dir, Getenv: os.Getenv}, &silent{})
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Recipe.Description; !regexp.MustCompile(`^mode 7[015]0, read 0$`).MatchString(got) {
		t.Errorf("%q", got)
	}
}

// eachBuilder runs a test with the native builder, and with abuild where it is.
func eachBuilder(t *testing.T, test func(t *testing.T, builder string)) {
	t.Helper()
	for _, name := range []string{"native", "abuild"} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("abuild"); name == "abuild" && err != nil {
				t.Skip("needs abuild: not on PATH")
			}
			test(t, name)
		})
	}
}

// Neither reading an APKBUILD nor building it shows the signing key: its file is hidden, and a copy of it stays out of the sources.
func TestOwnReadsNoKey(t *testing.T) {
	eachBuilder(t, func(t *testing.T, builder string) {
		t.Helper()
		place, err := os.MkdirTemp(".", "key-") //nolint:usetesting // temporary directories are hidden anyway
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(place) })
		if place, err = filepath.Abs(place); err != nil {
			t.Fatal(err)
		}
		key, err := apk.GenerateKey("acme.rsa")
		if err != nil {
			t.Fatal(err)
		}
		text := key.PEM()
		file := filepath.Join(place, "acme.rsa")
		dir := writeOwn(t, ownHeader+"pkgdesc=\"key $(cat '"+file+"' 2>/dev/null | wc -c), copy $(cat notes.txt 2>/dev/null | wc -c)\"\n"+
			"package() { mkdir -p \"$pkgdir\"; }\n")
		if err := errors.Join(os.Chmod(place, 0o755), os.WriteFile(file, text, 0o644),
			os.WriteFile(filepath.Join(dir, "notes.txt"), text, 0o644)); err != nil {
			t.Fatal(err)
		}
		o := ownBuild(t, dir, nil)
		o.Builder, o.Key = builder, signing.Key{Files: []string{file}}
		rep, err := Build(t.Context(), o, &silent{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := apk.ReadFile(rep.Packages[0].File)
		if err != nil || p.Info.Description != "key 0, copy 0" {
			t.Errorf("%q, %v", p.Info.Description, err)
		}
	})
}

// An APKBUILD that says something else when it is built than what the plan shows is refused.
func TestOwnReadsTheSame(t *testing.T) {
	const random = "$(cut -c1-8 /proc/sys/kernel/random/uuid)"
	eachBuilder(t, func(t *testing.T, builder string) {
		t.Helper()
		for name, tc := range map[string]struct{ text, want string }{
			"description": {strings.Replace(ownHeader, "=own\nurl", "=\"own "+random+"\"\nurl", 1), "APKBUILD: pkgdesc is"},
			"provides":    {ownHeader + "provides=\"own-" + random + "\"\n", "APKBUILD: provides is"},
			"subpackages": {ownHeader + "subpackages=\"own-x" + random + ":part\"\npart() { mkdir -p \"$subpkgdir\"; }\n",
				"APKBUILD: subpackages is"},
			"the same": {ownHeader + "provides=\"own-$CARCH-$SOURCE_DATE_EPOCH-$COLOUR\"\n", ""},
		} {
			o := ownBuild(t, writeOwn(t, tc.text+"package() { mkdir -p \"$pkgdir\"; }\n"), nil)
			o.Builder, o.Env = builder, map[string]string{"COLOUR": "blue"}
			_, err := Build(t.Context(), o, &silent{})
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%s: %v, want %q", name, err, tc.want)
			}
		}
	})
}

// A failing command is told with the line of its function.
func TestOwnFailure(t *testing.T) {
	o := ownBuild(t, writeOwn(t, ownHeader+"\nbuild() {\n\techo it breaks\n\tfalse\n}\npackage() { mkdir -p \"$pkgdir\"; }\n"), nil)
	_, err := Build(context.Background(), o, &silent{})
	var failed *usererror.BuildError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	want := config.Pos{File: filepath.Join(o.Dir, "APKBUILD"), Line: 9, Column: 1}
	if diff := cmp.Diff(want, failed.Pos); diff != "" || failed.Err.Function != "build" ||
		err.Error() != want.String()+": build failed with exit code 1" {
		t.Errorf("%v %s", err, diff)
	}
}

// What abuild has but the native builder does not is told by function and line, in either kind of file.
func TestUnsupportedCalls(t *testing.T) {
	own := writeOwn(t, ownHeader+"\nprepare() {\n\tdefault_prepare\n\tupdate_config_sub\n}\npackage() { mkdir -p \"$pkgdir\"; }\n")
	yaml := t.TempDir()
	text := "name: own\nbuild: {destinations: [x]}\npackage: |\n  mkdir -p \"$pkgdir\"\n  if true; then update_config_guess; fi\n"
	if err := os.WriteFile(filepath.Join(yaml, "pakman.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		own: own + "/APKBUILD:11:1: prepare() calls update_config_sub, which abuild has but the native builder does not: " +
			"remove the call, or use --builder abuild",
		yaml: yaml + "/pakman.yml:5:3: package() calls update_config_guess, which abuild has but",
	} {
		o := ownBuild(t, dir, nil)
		if _, err := Build(context.Background(), o, &silent{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

// A YAML file wins over an APKBUILD beside it, and a directory with neither says so.
func TestOwnOrYAML(t *testing.T) {
	dir := writeOwn(t, ownHeader)
	in := Input{Dir: dir, Getenv: noEnvironment}
	plan, err := NewPlan(context.Background(), in, &silent{})
	if err != nil || !plan.Own || plan.Recipe.Name != "own" || plan.Recipe.Release != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	if _, err := Check(t.Context(), in); err == nil || !strings.Contains(err.Error(), "is not a YAML file") {
		t.Errorf("check: %v", err)
	}
	in.Recipe.Version = "2.0"
	if _, err := NewPlan(context.Background(), in, &silent{}); err == nil || !strings.Contains(err.Error(), "Change pkgver") {
		t.Errorf("--version: %v", err)
	}
	in.Recipe.Version = ""
	if err := os.WriteFile(filepath.Join(dir, "pakman.yml"), []byte("name: yaml\nbuild: {destinations: [x]}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if plan, err = NewPlan(context.Background(), in, &silent{}); err != nil || plan.Own || plan.Recipe.Name != "yaml" {
		t.Errorf("%+v, %v", plan, err)
	}
	in.Dir = t.TempDir()
	if _, err := NewPlan(context.Background(), in, &silent{}); err == nil || !strings.Contains(err.Error(), "nor an APKBUILD") {
		t.Errorf("%v", err)
	}
	in.Dir, in.Config = "", filepath.Join(dir, "APKBUILD") // named, it wins
	if plan, err = NewPlan(context.Background(), in, &silent{}); err != nil || !plan.Own || len(plan.Recipe.Arches) != 1 ||
		plan.Recipe.Arches[0] != "noarch" {
		t.Errorf("%+v, %v", plan, err)
	}
	if !slices.Equal(plan.Recipe.Targets, []string{"x86_64", "aarch64"}) {
		t.Errorf("targets %v of %v", plan.Recipe.Targets, apk.Arches())
	}
}
