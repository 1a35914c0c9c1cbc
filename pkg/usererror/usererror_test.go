package usererror

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
)

func TestExitCode(t *testing.T) {
	failed := &BuildError{Err: &builder.CommandError{Function: "build", ExitCode: 3}}
	mistake := Input(fs.ErrNotExist)
	if Input(nil) != nil {
		t.Error("no error became one")
	}
	if !errors.Is(mistake, fs.ErrNotExist) || mistake.Error() != fs.ErrNotExist.Error() {
		t.Errorf("%v does not show its cause", mistake)
	}
	for _, c := range []struct {
		err  error
		want int
	}{
		{mistake, 2}, {fmt.Errorf("publishing: %w", mistake), 2}, {failed, 1}, {fs.ErrNotExist, 1},
		{Failures{{Name: "api", Err: failed}}, 1}, {Failures{{Name: "api", Err: failed}, {Name: "web", Err: mistake}}, 2},
	} {
		if got := ExitCode(c.err); got != c.want {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.want)
		}
	}
}

// A failing command is named by its place, its key and its line, as far as they are known.
func TestBuildError(t *testing.T) {
	failed := &builder.CommandError{Function: "build", ExitCode: 3}
	at := config.Pos{File: "pakman.yml", Line: 5, Column: 3}
	for want, e := range map[string]*BuildError{
		failed.Error():                                     {Err: failed},
		"pakman.yml:5:3: " + failed.Error():                {Pos: at, Err: failed},
		"pakman.yml:5:3: build.command: " + failed.Error(): {Pos: at, Key: "build.command", Err: failed},
		"pakman.yml:5:3: build.command: " + failed.Error() + ", at: make all": {Pos: at, Key: "build.command", Command: "make all",
			Err: failed},
	} {
		if got := e.Error(); got != want || !errors.Is(e, failed) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The failures of several applications are named and shown one by one; that of a single one is the error itself.
func TestFailures(t *testing.T) {
	failed := &BuildError{Pos: config.Pos{File: "web/pakman.yml", Line: 5, Column: 3},
		Err: &builder.CommandError{Function: "build", ExitCode: 3}}
	all := Failures{{Name: "api", Err: fs.ErrNotExist}, {Name: "web", Err: failed}, {Err: fs.ErrExist}}
	want := "api: file does not exist\n" + failed.Error() + "\nfile already exists"
	if got := all.Error(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !errors.Is(all, fs.ErrNotExist) || !errors.Is(all, fs.ErrExist) || !errors.As(all, new(*BuildError)) {
		t.Error("a cause is not found")
	}
	var none Failures
	if none.Join(2) != nil {
		t.Error("no failure is an error")
	}
	if err := all[:1].Join(1); !errors.Is(err, fs.ErrNotExist) || err.Error() != "file does not exist" {
		t.Errorf("one application: %v", err)
	}
	if err := all[:1].Join(2); err == nil || err.Error() != "api: file does not exist" {
		t.Errorf("one of two applications: %v", err)
	}
	if n := len(Causes(fmt.Errorf("build: %w", all))); n != 3 {
		t.Errorf("%d causes of 3 failures", n)
	}
	if causes := Causes(fs.ErrExist); len(causes) != 1 || !errors.Is(causes[0], fs.ErrExist) {
		t.Errorf("%v", causes)
	}
}

// The message ends with the cause, not with where to read about it.
func TestCauseOfBuildError(t *testing.T) {
	for want, tail := range map[string][]string{
		"npm error enoent Could not read package.json: Error: ENOENT: no such file or directory": {
			"npm error code ENOENT", "npm error enoent Could not read package.json: Error: ENOENT: no such file or directory",
			"npm error enoent This is related to npm not being able to find a file.", "npm error enoent",
			"npm error A complete log of this run can be found in: /tmp/x.log"},
		"make: *** [Makefile:2: all] Error 1": {"cc: fatal error: no input files", "make: *** [Makefile:2: all] Error 1"},
		"main.go:3: undefined: x":             {"# example.com/app", "main.go:3: undefined: x", "done"},
	} {
		e := &BuildError{Key: "build.command", Err: &builder.CommandError{Function: "build", ExitCode: 1, Tail: tail}}
		if got := e.cause(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestLastLines checks that a very long line of a failing command is shortened in its middle, and the others stay.
func TestLastLines(t *testing.T) {
	long := "minified.js:1:" + strings.Repeat("é", 5000) + " SyntaxError: missing )"
	e := &BuildError{Err: &builder.CommandError{Tail: []string{"short", long}}}
	lines := e.LastLines()
	if len(lines) != 2 || lines[0] != "short" || len([]rune(lines[1])) > 700 || !strings.HasPrefix(lines[1], "minified.js:1:é") ||
		!strings.HasSuffix(lines[1], "é SyntaxError: missing )") || !strings.Contains(lines[1], " characters) … ") {
		t.Errorf("%q", lines)
	}
	if e.Err.Tail[1] != long {
		t.Error("the output itself was changed")
	}
}
