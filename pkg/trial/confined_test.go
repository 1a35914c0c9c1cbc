package trial

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/sandbox"
)

// Only a state that a trial comes to is taken from what runs in the machine that is tried.
func TestParse(t *testing.T) {
	for text, want := range map[string]bool{
		`{"State":"works"}`: true, `{"State":"ended"}`: true, `{"State":"silent"}`: false, `{"State":"x"}`: false, `{}`: false,
		`null`: false, `x`: false, ``: false,
	} {
		if _, err := parse([]byte(text), false); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := parse([]byte(`{"State":"silent"}`), true); err != nil {
		t.Error(err)
	}
}

// Of output the end is kept, and a log that is a named pipe is not waited for.
func TestOutputIsBounded(t *testing.T) {
	kept := &tail{most: 4}
	for _, text := range []string{"abcdef", "g", "hi"} {
		if _, err := kept.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if kept.String() != "fghi" {
		t.Error(kept.String())
	}
	log := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(log, []byte(strings.Repeat("x", mostOutput)+"end"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := readEnd(log); err != nil || len(text) != mostOutput || !strings.HasSuffix(text, "xend") {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := readEnd(pipe); err == nil {
		t.Errorf("a pipe has %q", text)
	}
	if lines := (order{}).output(strings.Repeat("y", mostOutput)); len(lines) != 1 || len(lines[0]) != mostLine {
		t.Errorf("%d lines", len(lines))
	}
}

// A script that does not end is stopped, one whose interpreter is missing is an error, and none can put a program of its own in place
// of the one that judges the services.
func TestScripts(t *testing.T) {
	if err := Possible(); err != nil {
		t.Skip(err)
	}
	file := pack(t, apk.Info{Name: "till", Arch: "noarch"}, map[string]string{
		"etc/init.d/till": "_environment() { :; }", "usr/libexec/till/start": "#!/bin/sh\nexit 3\n",
	})
	workspace := t.TempDir()
	m := &machine{path: filepath.Join(workspace, "root"), name: "till", scriptTime: time.Second}
	var err error
	if m.box, err = sandbox.New(sandbox.Policy{Workspace: workspace, Root: m.path, Offline: true, Hide: hidden()}); err != nil {
		t.Fatal(err)
	}
	if err := m.install([]string{file}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.dir.Close() }()
	m.notes = nil
	m.scripts = []apk.Script{
		{Name: ".pre-install", Body: []byte("echo begun; exec sleep 100\n")},
		{Name: ".post-install", Body: []byte(`rm -rf /.trial; mkdir /.trial; printf '#!/bin/sh\necho "{\"State\":\"works\"}"\n' >/.trial/pakman
			chmod 755 /.trial/pakman; head -c 1000000 /dev/zero; exit 1`)},
	}
	for _, name := range []string{".pre-install", ".post-install"} {
		if err := m.script(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.notes) != 2 || m.notes[0] != "the script pre-install was stopped after 1s: begun" || len(m.notes[1]) > 2*mostLine {
		t.Errorf("%.500q", m.notes)
	}
	v, err := m.try(t.Context(), recipe.Service{Name: "web"}, false)
	if err != nil || v.State != ended || !strings.Contains(v.Exit, "3") {
		t.Errorf("%+v, %v", v, err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.script(stopped, ".post-install"); err == nil {
		t.Error("a run that was stopped goes on")
	}
	if err := m.dir.RemoveAll("bin"); err != nil {
		t.Fatal(err)
	}
	if err := m.script(t.Context(), ".post-install"); err == nil {
		t.Error("a machine without a shell runs scripts")
	}
}
