package native

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// installDemo is a package() with one file.
const installDemo = "\tmkdir -p \"$pkgdir\"/usr/share/demo\n\techo hello >\"$pkgdir\"/usr/share/demo/hello\n"

// attack is an APKBUILD whose functions do what the code of a dependency could do, and the words of its refusal.
type attack struct{ body, want string }

// The packages, and what each says of itself, are decided before the build: whatever it does to the files that it can write,
// none is added and none is changed.
func TestBuildForgesNothing(t *testing.T) {
	for name, tc := range map[string]attack{
		"a subpackage by the file of variables": {
			"package() {\n" + installDemo + "\tmkdir -p \"$startdir\"/pkg/openssl/usr/bin; echo x " +
				">\"$startdir\"/pkg/openssl/usr/bin/openssl\n" +
				"\tprintf 'subpackages=openssl:evil\\0' >\"$_output\"\n\texit 0\n}\nevil() { :; }\n", "openssl"},
		"a subpackage by the function that reports": {
			"package() {\n" + installDemo + "\tdump() { printf 'subpackages=openssl:evil\\0'; }\n}\nevil() { mkdir -p \"$subpkgdir\"; }\n",
			"openssl"},
		"a version": {
			"package() {\n" + installDemo + "\tprintf 'pkgver=99\\0' >\"$_output\"\n\texit 0\n}\n", "99"},
		"a name": {
			"package() {\n" + installDemo + "\tprintf 'pkgname=openssl\\0' >\"$_output\"\n\texit 0\n}\n", "openssl"},
		"a variable nobody knows": {
			"package() {\n" + installDemo + "\tprintf 'pkgname=demo\\0evil=1\\0' >\"$_output\"\n\texit 0\n}\n", "evil"},
		"provides by package()": {
			"package() {\n" + installDemo + "\tprovides=\"$(echo openssl=99)\"\n" +
				"\tprovides=\"$provides $(cat /proc/sys/kernel/random/uuid)=1\"\n}\n", "provides"},
		"provides by the APKBUILD": {
			"build() { printf '\\nprovides=openssl=99\\n' >>\"$startdir\"/APKBUILD; }\npackage() {\n" + installDemo + "}\n",
			keptOut},
		"replaces by another APKBUILD": {
			"build() { sed 's/^arch=.*/&\\nreplaces=openssl/' \"$startdir\"/APKBUILD >\"$startdir\"/new; mv -f \"$startdir\"/new " +
				"\"$startdir\"/APKBUILD; }\n" +
				"package() {\n" + installDemo + "}\n", keptOut},
		"another package()": {
			"build() { printf '\\npackage() { mkdir -p \"$pkgdir\"/etc; echo evil >\"$pkgdir\"/etc/evil; }\\n' " +
				">>\"$startdir\"/APKBUILD; }\n" +
				"package() {\n" + installDemo + "}\n", keptOut},
		"dependencies by a split function": {
			"subpackages=demo-extra\nbuild() { echo openssl >\"$startdir\"/list; }\npackage() {\n" + installDemo + "}\n" +
				"extra() {\n\tdepends=\"$(cat \"$startdir\"/list)\"\n\tmkdir -p \"$subpkgdir\"; amove usr/share/demo\n}\n", "openssl"},
		"install_if by a split function": {
			"subpackages=demo-extra\nbuild() { : >\"$startdir\"/mark; }\npackage() {\n" + installDemo + "}\n" +
				"extra() {\n\t[ ! -e \"$startdir\"/mark ] || install_if=busybox\n\tamove usr/share/demo\n}\n", "busybox"},
		"a file of variables without end": {
			"package() {\n" + installDemo + "\trm -f \"$_output\"; truncate -s 2G \"$_output\"\n\texit 0\n}\n", "larger than"},
		"a pipe as the file of variables": {
			"package() {\n" + installDemo + "\trm -f \"$_output\"; mkfifo \"$_output\"\n\texit 0\n}\n", "cannot be read"},
		"a pipe as the file of owners": {
			"package() {\n" + installDemo + "\trm -f \"$owners\"; mkfifo \"$owners\"\n}\n", "owners are recorded"},
	} {
		t.Run(name, func(t *testing.T) {
			files, log, err := buildInTime(t, tc.body, nil)
			var refused *builder.RefusedError
			denied := tc.want == keptOut && errors.As(err, new(*builder.CommandError)) // where the system refuses it
			if !denied && (!errors.As(err, &refused) || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%v, error %v, want %s\n%s", files, err, tc.want, log)
				show(t, files)
			}
		})
	}
}

// keptOut is the refusal of a build that changed its APKBUILD, where the system let it.
const keptOut = "changed, removed or replaced APKBUILD"

// A changed APKBUILD is found where the system lets a build change it.
func TestChangedAPKBUILD(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, apkbuildFile)
	for name, change := range map[string]func() error{
		"written":  func() error { return os.WriteFile(file, []byte("pkgname=b\n"), 0o644) },
		"removed":  func() error { return os.Remove(file) },
		"replaced": func() error { return errors.Join(os.Remove(file), os.Symlink("copy", file)) },
	} {
		if err := errors.Join(os.RemoveAll(file), os.WriteFile(file, []byte("pkgname=a\n"), 0o644),
			os.WriteFile(filepath.Join(dir, "copy"), []byte("pkgname=a\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
		work, err := tree.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		files, err := readGiven(work)
		if err != nil {
			t.Fatal(err)
		}
		if err := files.check(work, nil, &metadata{}); err != nil {
			t.Errorf("%s: before: %v", name, err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if err := files.check(work, nil, &metadata{}); err == nil || !strings.Contains(err.Error(), keptOut) {
			t.Errorf("%s: %v", name, err)
		}
		_ = work.Close()
	}
}

// show logs what the packages say.
func show(t *testing.T, files []string) {
	t.Helper()
	for _, file := range files {
		if p, err := apk.ReadFile(file); err == nil {
			t.Logf("%s: %+v", filepath.Base(file), p.Info)
		}
	}
}

// buildInTime fails where a build waits for ever.
func buildInTime(t *testing.T, body string, change func(*builder.Job)) (files []string, log string, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		var text interface{ String() string }
		files, text, err = build(t, body, change)
		log = text.String()
	}()
	select {
	case <-done:
	case <-time.After(60 * time.Second):
		t.Fatal("the build waits")
	}
	return files, log, err
}

// A script is packed as it was before the build, and a build that changes it is refused.
func TestScriptsAreNotTheBuilds(t *testing.T) {
	script := func(j *builder.Job) {
		if err := os.WriteFile(filepath.Join(j.Dir, "demo.post-install"), []byte("#!/bin/sh\necho good\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, command := range map[string]string{
		"changed":  "echo 'rm -rf /' >>\"$startdir\"/demo.post-install",
		"replaced": "rm -f \"$startdir\"/demo.post-install; echo '#!/bin/sh' >\"$startdir\"/demo.post-install",
		"a pipe":   "rm -f \"$startdir\"/demo.post-install; mkfifo \"$startdir\"/demo.post-install",
	} {
		files, _, err := buildInTime(t, "install=demo.post-install\nbuild() { "+command+"; }\npackage() {\n"+installDemo+"}\n", script)
		if err == nil || !strings.Contains(err.Error(), "replaced demo.post-install") {
			t.Errorf("%s: %v, %v", name, files, err)
		}
	}
	files, _, err := buildInTime(t, "install=demo.post-install\npackage() {\n"+installDemo+"}\n", script)
	if err != nil {
		t.Fatal(err)
	}
	p, err := apk.ReadFile(files[0])
	if err != nil || len(p.Scripts) != 1 || string(p.Scripts[0].Body) != "#!/bin/sh\necho good\n" {
		t.Errorf("%+v, %v", p, err)
	}
}

// What package() and split functions set of themselves is planned, as far as it does not follow from what was built.
func TestFunctionsMaySetVariables(t *testing.T) {
	files, log, err := build(t, `subpackages="demo-one:_part demo-two:_part"
depends=curl
builddir="$startdir"
package() {
	cd "$builddir"
	make install DESTDIR="$pkgdir" || :
	mkdir -p "$pkgdir"/usr/share/one "$pkgdir"/usr/share/two
	: >"$pkgdir"/usr/share/one/f
	: >"$pkgdir"/usr/share/two/f
	_common
}
_common() { depends="$depends bash"; provides="demo-api=$pkgver"; }
_part() {
	local part="${subpkgname#demo-}"
	pkgdesc="Part $(echo "$part" | tr a-z A-Z)"
	case "$part" in
	one) depends="$depends nodejs" ;;
	two) install_if="demo-one=$pkgver-r$pkgrel openrc" ;;
	esac
	amove usr/share/"$part"
}
`, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	want := map[string]string{
		"demo":     "demo [curl bash] [demo-api=1.0] []",
		"demo-one": "Part ONE [curl bash nodejs] [] []",
		"demo-two": "Part TWO [curl bash] [] [demo-one=1.0-r0 openrc]",
	}
	for _, file := range files {
		p, err := apk.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		i := p.Info
		if got := i.Description + " " + list(i.Depends) + " " + list(i.Provides) + " " + list(i.InstallIf); got != want[i.Name] {
			t.Errorf("%s: %s, want %s", i.Name, got, want[i.Name])
		}
		delete(want, i.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func list(words []string) string { return "[" + strings.Join(words, " ") + "]" }
