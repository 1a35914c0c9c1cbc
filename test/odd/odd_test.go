//go:build linux

// Package odd builds on machines that lack something, and sees that the program works all the same or names what is missing.
package odd

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// open makes a directory below one that everybody may pass through.
func open(t *testing.T, mode os.FileMode, names ...string) string {
	t.Helper()
	dir := filepath.Join(names...)
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, mode)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// machine has a program, an application and places that some users cannot write to.
func machine(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		open(t, 0o755, d)
	}
	open(t, 0o755, dir, "app")
	open(t, 0o777, dir, "any")
	open(t, 0o777, dir, "with  spaces")
	open(t, 0o755, dir, "locked")
	yaml := "name: odd\nversion: 1.0.0\nbuild:\n  destinations: [run]\n  command: printf '#!/bin/sh\\nsleep 60\\n' >run; chmod 755 run\n" +
		"run: {services: [{name: web, binary: run, path: .}]}\n"
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "pakman"), "../..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "app/pakman.yml"), []byte(yaml), 0o644),
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o644)); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// What is only a help never ends a run, and what is needed is named.
func TestOddMachines(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become less")
	}
	for _, program := range []string{"unshare", "setpriv", "mount"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("needs util-linux")
		}
	}
	dir := machine(t)
	const user = "setpriv --reuid=12345 --regid=12345 --clear-groups env TMPDIR=$PWD/any "
	for name, tc := range map[string]struct {
		command string // PAKMAN is the program with its arguments
		want    string // of what it says; "" where it says nothing of it
		fails   bool
	}{
		"a user without a name and a home": {user + "HOME=/ PAKMAN --cache-dir=$PWD/locked/cache", "The build goes on without a cache", false},
		"no place for the key":             {user + "HOME=$PWD/locked PAKMAN", "for this run alone", false},
		"HOME is a file":                   {"env HOME=$PWD/file PAKMAN", "local signing key: ", false},
		"HOME is relative":                 {"env HOME=home PAKMAN", "", false},
		"no HOME":                          {"env -u HOME PAKMAN", "", false},
		"a cache where none can be made":   {"PAKMAN --cache-dir=/proc/none", "The build goes on without a cache", false},
		"a cache that is a file":           {"PAKMAN --cache-dir=$PWD/file", "The build goes on without a cache", false},
		"a read-only system": {"unshare -m sh -c 'mount --bind any any; mount -o bind,remount,ro /; cd .; " +
			"exec env TMPDIR=$PWD/any PAKMAN --cache-dir=/var/cache/none'", "The build goes on without a cache", false},
		"root of a namespace of one user": {user + "HOME=$PWD/any unshare -r PAKMAN --cache-dir=$PWD/any/cache", "", false},
		"a trial without namespaces": {user + "HOME=$PWD/any unshare -r sh -c 'for n in user mnt; do " +
			"echo 0 >/proc/sys/user/max_${n}_namespaces; done; exec PAKMAN --try --cache-dir=$PWD/any/cache'",
			"not tried: packages cannot be tried here", false},
		"root that gives no files away": {"setpriv --bounding-set=-chown PAKMAN", "give it the capabilities CHOWN, SETUID and SETGID", true},
		"root that becomes nobody else": {"setpriv --bounding-set=-setuid PAKMAN", "give it the capabilities CHOWN, SETUID and SETGID", true},
		"root and nobody else":          {"unshare -r PAKMAN", "and a user namespace with that user", true},
		"TMPDIR is missing":             {"env TMPDIR=$PWD/none PAKMAN", "temporary files have no place: $PWD/none does not exist; ", true},
		"TMPDIR is a file":              {"env TMPDIR=$PWD/file PAKMAN", "temporary files have no place: $PWD/file is not a directory; set TMPDIR", true},
		"TMPDIR is relative":            {"env TMPDIR=any PAKMAN", "", false},
		"TMPDIR has spaces":             {"env 'TMPDIR=with  spaces' PAKMAN", "", false},
		"PATH is empty":                 {"env PATH= PAKMAN", "", false},
		"no PATH":                       {"env -u PATH PAKMAN", "", false},
		"64 files":                      {"sh -c 'ulimit -n 64; exec PAKMAN'", "", false},
		"8 files":                       {"sh -c 'ulimit -n 8; exec PAKMAN'", "too many open files", true},
		"no /proc":                      {"unshare -m sh -c 'umount -l /proc; exec PAKMAN --cache-dir=$PWD/any/c2'", "/proc is not mounted", true},
	} {
		t.Run(name, func(t *testing.T) {
			pakman := dir + "/pakman build app --force --builder native --output " + dir + "/any/packages-" +
				strings.NewReplacer(" ", "-", "/", "").Replace(name)
			cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(tc.command, "PAKMAN", pakman))
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+open(t, 0o755, dir, "home"))
			out, err := cmd.CombinedOutput()
			want := strings.ReplaceAll(tc.want, "$PWD", dir)
			if failed := err != nil; failed != tc.fails || !strings.Contains(string(out), want) ||
				failed == strings.Contains(string(out), "odd-1.0.0-r0.apk") {
				t.Errorf("%v, want %q\n%s", err, want, out)
			}
		})
	}
}
