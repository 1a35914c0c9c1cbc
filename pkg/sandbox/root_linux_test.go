package sandbox

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/pakman/build/pkg/proc"
)

// A command with a root directory of its own sees that as /, writes to it and not to the machine, and sees of the machine what the
// policy shows, at Machine.
func TestRoot(t *testing.T) {
	if _, ok := try(Namespaces, false); !ok {
		t.Skip("needs namespaces, which this system, or a test of other means before, denies this process")
	}
	workspace, hidden := t.TempDir(), t.TempDir()
	root := filepath.Join(workspace, "root")
	for _, err := range []error{
		os.Mkdir(root, 0o755), os.Symlink(Machine+"/usr", filepath.Join(root, "usr")),
		os.WriteFile(filepath.Join(hidden, "key"), []byte("secret"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"bin", "lib", "lib64"} {
		if err := os.Symlink(Machine+"/"+name, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(Policy{Workspace: workspace, Root: root, Hide: []string{hidden, "/etc"}})
	if errors.Is(err, ErrRoot) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	out, err := s.Run(context.Background(), proc.Cmd{
		Path: "/bin/sh", Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Stderr: &log, Args: []string{"-c", `echo x >/made
			ls /.machine/etc; cat "/.machine$1/key" "$1/key"
			(: >/.machine/made); (: >/.machine/usr/made); chroot /.machine true; echo end`, "sh", hidden},
	})
	text := string(out)
	if err != nil || !strings.HasSuffix(text, "end\n") || strings.Contains(text, "secret") || strings.Contains(text, "passwd") {
		t.Errorf("%v\n%s%s", err, text, log.String())
	}
	if made, err := os.ReadFile(filepath.Join(root, "made")); err != nil || string(made) != "x\n" {
		t.Errorf("%q, %v", made, err)
	}
	if refused := strings.Count(log.String(), "made"); refused != 2 {
		t.Errorf("the machine was written to:\n%s", log.String())
	}
}

// fewRights is nothing, or to read all files, where this process may do that itself.
var fewRights = regexp.MustCompile(`CapEff:\t0{15}[04]\n`)

// Root that is asked for by number has no more rights than root that nobody was named for.
func TestRootByNumber(t *testing.T) {
	if os.Geteuid() != 0 || SameUser() {
		t.Skip("needs root")
	}
	each(t, func(t *testing.T, means Means) {
		t.Helper()
		workspace := t.TempDir()
		s := newSandbox(t, means, Policy{Workspace: workspace})
		for _, as := range []*syscall.Credential{nil, {Uid: 0, Groups: []uint32{}}} {
			out, err := s.Run(t.Context(), proc.Cmd{
				Path: "/bin/sh", Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Credential: as, Args: []string{"-c",
					`grep CapEff: /proc/self/status; (: >>/proc/sys/kernel/core_pattern) 2>&1; mknod "$1" c 1 3 2>&1; echo end`, "sh",
					s.Inside(filepath.Join(workspace, "null"))},
			})
			text := string(out)
			if err != nil || !fewRights.MatchString(text) || !strings.Contains(text, "mknod: ") {
				t.Errorf("%v: %v\n%s", as, err, text)
			}
			if means == Namespaces && !strings.Contains(text, "/proc/sys/kernel/core_pattern: ") {
				t.Errorf("%v: the machine's settings can be written:\n%s", as, text)
			}
		}
	})
}

// In a root directory of its own, root has no right to read what is others' either.
func TestRootReadsItsOwn(t *testing.T) {
	if _, ok := try(Namespaces, false); !ok || os.Geteuid() != 0 {
		t.Skip("needs root and namespaces")
	}
	workspace := t.TempDir()
	root := filepath.Join(workspace, "root")
	err := os.Mkdir(root, 0o755)
	for _, name := range []string{"bin", "lib", "lib64", "usr"} {
		err = errors.Join(err, os.Symlink(Machine+"/"+name, filepath.Join(root, name)))
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Policy{Workspace: workspace, Root: root})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(t.Context(), proc.Cmd{
		Path: "/bin/sh", Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Args: []string{"-c", "grep CapEff: /proc/self/status"},
	})
	if err != nil || string(out) != "CapEff:\t0000000000000000\n" {
		t.Errorf("%q, %v", out, err)
	}
}
