package native

import (
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder"
)

// What Alpine does not take is refused in words that say where and what to do. That abuild refuses
// the same is seen by the goldens fail-*.
func TestChecks(t *testing.T) {
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\xb7\x00\x01" + strings.Repeat("\x00", 31) +
		"\x40\x00\x38\x00\x00\x00\x40\x00\x00\x00\x00\x00"
	sums, foreign := withSource("foreign", []byte(elf))
	cutSums, cut := withSource("cut", []byte(elf[:30]))
	install := func(path string) string { return "package() { install -Dm755 /dev/null \"$pkgdir\"" + path + "; }\n" }
	for name, tc := range map[string]struct {
		body, want string
		change     func(*builder.Job)
	}{
		"below opt":       {install("/opt/demo"), "/opt/demo: packages have no files below /opt; install it elsewhere", nil},
		"hidden, in home": {install("/home/.x"), "/home/.x: packages have no files below /home", nil},
		"usr/local":       {install("/usr/local/bin/x"), "packages have no files below /usr/local", nil},
		"lib64":           {install("/lib64/x"), "/lib64: on Alpine, libraries are in /usr/lib", nil},
		"charset.alias":   {install("/usr/lib/charset.alias"), "/usr/lib/charset.alias comes from", nil},
		"init script": {"package() { install -Dm644 /dev/null \"$pkgdir\"/etc/init.d/x; }\n", "/etc/init.d/x must be executable",
			nil},
		"set-user-ID": {"package() { install -Dm4755 /dev/null \"$pkgdir\"/usr/bin/x; }\n", "set-user-ID or set-group-ID bit", nil},
		"control character": {"package() { mkdir -p \"$pkgdir\"/usr; : >\"$pkgdir\"/usr/\"$(printf 'a\\tb')\"; }\n",
			"has a control character", nil},
		"the package's own metadata": {"package() { mkdir -p \"$pkgdir\"; : >\"$pkgdir\"/.PKGINFO; }\n",
			"package demo: /.PKGINFO: apk does not install names in the root directory", nil},
		"a script": {"package() { mkdir -p \"$pkgdir\"; echo id >\"$pkgdir\"/.post-install; }\n",
			"package demo: /.post-install: apk does not install names", nil},
		"named pipe": {"package() { mkdir -p \"$pkgdir\"/usr; mkfifo \"$pkgdir\"/usr/pipe; }\n",
			"package demo: /usr/pipe is a named pipe", nil},
		"link with a control character": {"package() { mkdir -p \"$pkgdir\"/usr; ln -s \"$(printf 'a\\033')\" \"$pkgdir\"/usr/link; }\n",
			`package demo: /usr/link links to "a\x1b"`, nil},
		"another machine": {sums + "package() { install -Dm755 \"$srcdir\"/foreign \"$pkgdir\"/usr/bin/x; }\n",
			"/usr/bin/x is compiled for EM_AARCH64, and the package is for x86_64: build on a machine of that architecture", foreign},
		"compiled for all": {"arch=noarch\n" + sums + "package() { install -Dm755 \"$srcdir\"/foreign \"$pkgdir\"/usr/bin/x; }\n",
			"name the architecture instead of noarch", foreign},
		"cut, for all": {"arch=noarch\n" + cutSums + "package() { install -Dm755 \"$srcdir\"/cut \"$pkgdir\"/usr/bin/x; }\n",
			"name the architecture instead of noarch", cut},
		"missing source": {"source=none\nsha512sums='00  none'\n" + emptyPackage, "source none is missing", nil},
		"version":        {"pkgver=1.0-beta\n" + emptyPackage, "pkgver:", nil},
		"release":        {"pkgrel=r1\n" + emptyPackage, `pkgrel: "r1" is not a non-negative integer`, nil},
		"name":           {"pkgname='two words'\n" + emptyPackage, "is not a package name", nil},
		"subpackage":     {"subpackages='-doc'\n" + emptyPackage, `"-doc" is not a package name`, nil},
		"twice one name": {"subpackages='demo-a:x demo-a:x'\nx() { :; }\n" + emptyPackage, "two packages are called demo-a", nil},
		"dependency":     {"depends='nodejs>=1.0-beta'\n" + emptyPackage, `dependency "nodejs>=1.0-beta"`, nil},
		"provided":       {"provides='api=1.0-beta'\n" + emptyPackage, `provides: dependency "api=1.0-beta"`, nil},
		"replaced":       {"replaces='old<1.x'\n" + emptyPackage, `replaces: dependency "old<1.x"`, nil},
		"installed if":   {"install_if='docs demo=v1'\n" + emptyPackage, `install_if: dependency "demo=v1"`, nil},
		"provided by a part": {"subpackages='demo-a:x'\nx() { provides='api=1-2'; mkdir -p \"$subpkgdir\"/usr; }\n" + emptyPackage,
			`package demo-a: provides: dependency "api=1-2"`, nil},
		"other machine's": {"arch=s390x\n" + emptyPackage, "the APKBUILD is for s390x, and this build is for x86_64", nil},
		"nothing made":    {"package() { :; }\n", "package() did not make the directory $pkgdir", nil},
		"empty split": {"subpackages='demo-a:x'\nx() { :; }\n" + emptyPackage,
			"subpackage demo-a: its split function moved nothing into it", nil},
	} {
		t.Run(name, func(t *testing.T) {
			files, log, err := build(t, tc.body, tc.change)
			if err == nil || !strings.Contains(err.Error(), tc.want) || len(files) > 0 {
				t.Errorf("%v, %v\nwant %s\n%s", files, err, tc.want, log)
			}
		})
	}
	// An APKBUILD of one's own may opt out.
	body := "options='!fhs !archcheck !strip !tracedeps suid'\n" + sums +
		"package() { install -Dm755 \"$srcdir\"/foreign \"$pkgdir\"/opt/x; install -m4755 /dev/null \"$pkgdir\"/opt/y; }\n"
	if files, log, err := build(t, body, foreign); err != nil || len(files) != 1 {
		t.Errorf("%v, %v\n%s", files, err, log)
	}
}
