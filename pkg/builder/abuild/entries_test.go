package abuild

import (
	"archive/tar"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// A build can write whole packages. Each entry that abuild would not make, or that apk would not install, is refused by its name.
func TestForgedEntries(t *testing.T) {
	capable := map[string]string{"SCHILY.xattr.security.capability": "x"}
	long := strings.Repeat("n/", 2000) + "file"
	seen := newEntries(nil)
	for _, entry := range []tar.Header{
		{Name: "usr/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: "usr/a", Typeflag: tar.TypeSymlink, Linkname: "../nowhere"},
		{Name: "usr/file", Typeflag: tar.TypeReg, Mode: 0o755, PAXRecords: map[string]string{"SCHILY.xattr.user.note": "x"}},
		{Name: "usr/grün", Typeflag: tar.TypeLink, Linkname: "usr/file"},
		{Name: "usr/again", Typeflag: tar.TypeLink, Linkname: "usr/grün"},
		{Name: "usr/own-group", Typeflag: tar.TypeReg, Mode: 0o4750},
		{Name: "usr/.hidden", Typeflag: tar.TypeReg},
		{Name: "usr/inv\xff\xfe \u202e", Typeflag: tar.TypeReg},
	} {
		if err := seen.check(&entry); err != nil {
			t.Error(err)
		}
	}
	for want, entry := range map[string]tar.Header{
		"hard link to the symbolic link usr/a":               {Name: "usr/b", Typeflag: tar.TypeLink, Linkname: "usr/a"},
		`"etc/shadow", which is not a file of the package`:   {Name: "usr/b", Typeflag: tar.TypeLink, Linkname: "etc/shadow"},
		`"usr", which is not a file of the package`:          {Name: "usr/b", Typeflag: tar.TypeLink, Linkname: "usr"},
		`"/usr/a\tb" has a control character`:                {Name: "usr/a\tb", Typeflag: tar.TypeReg},
		`"/usr/\u009b" has a control character`:              {Name: "usr/\u009b", Typeflag: tar.TypeReg},
		`links to "x\n"`:                                     {Name: "usr/l", Typeflag: tar.TypeSymlink, Linkname: "x\n"},
		"/usr/pipe is a named pipe":                          {Name: "usr/pipe", Typeflag: tar.TypeFifo},
		"/usr/null is a device":                              {Name: "usr/null", Typeflag: tar.TypeChar},
		"/usr/disk is a device":                              {Name: "usr/disk", Typeflag: tar.TypeBlock},
		"/usr/other has the type '7'":                        {Name: "usr/other", Typeflag: tar.TypeCont},
		"/.post-install: apk does not install names":         {Name: ".post-install", Typeflag: tar.TypeReg},
		"/.PKGINFO: apk does not install names":              {Name: ".PKGINFO", Typeflag: tar.TypeReg},
		"/.SIGN.RSA.a.rsa.pub: apk does not install names":   {Name: ".SIGN.RSA.a.rsa.pub", Typeflag: tar.TypeReg},
		"/../etc/shadow: apk does not install names":         {Name: "../etc/shadow", Typeflag: tar.TypeReg},
		`the name "usr/../../etc/shadow"`:                    {Name: "usr/../../etc/shadow", Typeflag: tar.TypeReg},
		`the name "/etc/shadow"`:                             {Name: "/etc/shadow", Typeflag: tar.TypeReg},
		`the name "usr//x"`:                                  {Name: "usr//x", Typeflag: tar.TypeReg},
		"the path has more than 4000 bytes":                  {Name: long, Typeflag: tar.TypeReg},
		"has 8589934592 bytes":                               {Name: "usr/large", Typeflag: tar.TypeReg, Size: 8 << 30},
		"/usr/root is executable with the set-user-ID":       {Name: "usr/root", Typeflag: tar.TypeReg, Mode: 0o4755},
		"/usr/group is executable with the set-user-ID":      {Name: "usr/group", Typeflag: tar.TypeReg, Mode: 0o2711},
		"/usr/link is executable with the set-user-ID":       {Name: "usr/link", Typeflag: tar.TypeLink, Linkname: "usr/file", Mode: 0o4755},
		"/usr/capable has capabilities":                      {Name: "usr/capable", Typeflag: tar.TypeReg, PAXRecords: capable},
		`/usr/t has the extended attribute "trusted.overlay`: {Name: "usr/t", Typeflag: tar.TypeReg, PAXRecords: map[string]string{"SCHILY.xattr.trusted.overlay.x": ""}},
	} {
		if err := seen.check(&entry); !errors.As(err, new(*builder.RefusedError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %s", entry.Name, err, want)
		}
	}
	allowed := newEntries([]string{"suid", "setcap"})
	for _, entry := range []tar.Header{
		{Name: "usr/root", Typeflag: tar.TypeReg, Mode: 0o4755}, {Name: "usr/capable", Typeflag: tar.TypeReg, PAXRecords: capable},
	} {
		if err := allowed.check(&entry); err != nil {
			t.Error(err)
		}
	}
}

// What the APKBUILD says before the build decides whether a package may hold a set-user-ID program, not what abuild let pass.
func TestRightsAreThoseOfTheAPKBUILD(t *testing.T) {
	for options, refused := range map[string]bool{"": true, "options=suid\n": false, "options='!check !suid'\n": true} {
		fake(t, hand)
		root := t.TempDir()
		tool := filepath.Join(root, "usr/bin/tool")
		if err := errors.Join(os.MkdirAll(filepath.Dir(tool), 0o755), os.WriteFile(tool, []byte("#!/bin/sh\n"), 0o755),
			os.Chmod(tool, 0o755|os.ModeSetuid)); err != nil {
			t.Fatal(err)
		}
		info := helloInfo("hello", "x86_64")
		info.Provides = []string{"cmd:tool=1.0-r0"}
		bin := filepath.SplitList(os.Getenv("PATH"))[0]
		if _, err := apk.Create(t.Context(), filepath.Join(bin, "main.apk"), info, nil, apk.Tree{Root: root}); err != nil {
			t.Fatal(err)
		}
		j, log := newJob(t, "hello")
		if err := os.WriteFile(filepath.Join(j.Dir, "APKBUILD"), []byte(options+helloAPKBUILD), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := build(t.Context(), mustFind(t), j, nil)
		said := err != nil && strings.Contains(err.Error(), "/usr/bin/tool is executable with the set-user-ID")
		if said != refused || !refused && (err != nil || len(got) != 2) {
			t.Errorf("%q: %v, %v\n%s", options, got, err, log)
		}
	}
}
