package usererror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What the system says becomes a sentence, however deep it is wrapped, and names the file once.
func TestText(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, missing := os.Open(filepath.Join(dir, "a"))
	_, directory := os.ReadFile(dir)
	_, below := os.Stat(filepath.Join(file, "x"))
	_, program := exec.LookPath("no-such-program")
	link := os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b"))
	denied := &fs.PathError{Op: "open", Path: "k.rsa", Err: syscall.EACCES}
	for want, err := range map[string]error{
		dir + "/a does not exist; check the path":                                                 missing,
		"signing key: " + dir + "/a does not exist; check the path":                               fmt.Errorf("signing key: %w", missing),
		dir + "/a does not exist; check the path; give a PEM file":                                Input(fmt.Errorf("%s/a: %w; give a PEM file", dir, missing)),
		dir + " is a directory, where a file is needed; name the file itself":                     directory,
		file + "/x is not below a directory: a part of the path is a file; check the path":        below,
		"the program no-such-program is not installed, or not in a directory of PATH":             program,
		dir + "/b does not exist; check the path":                                                 link,
		"k.rsa may not be read by this user (permission denied); change its permissions or owner": denied,
		"x may not be written by this user (permission denied); change its permissions or owner": &fs.PathError{Op: "mkdir", Path: "x",
			Err: syscall.EPERM},
		"one\n" + dir + "/a does not exist; check the path": errors.Join(errors.New("one"), missing),
		"read x: input/output error":                        &fs.PathError{Op: "read", Path: "x", Err: syscall.EIO},
		"plain":                                             errors.New("plain"),
		"":                                                  nil,
	} {
		if got := Text(err); got != want {
			t.Errorf("%v:\ngot  %s\nwant %s", err, got, want)
		}
	}
}

// Several mistakes that were found at once are shown one by one, whoever wrapped them; two causes in one sentence are one.
func TestCausesOfJoined(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"joined":          {errors.Join(one, two), "one|two"},
		"of the user":     {Input(errors.Join(one, Input(errors.Join(two, one)))), "one|two|one"},
		"one sentence":    {fmt.Errorf("%w, as %w", one, two), "one, as two"},
		"of applications": {Failures{{Name: "api", Err: Input(errors.Join(one, two))}, {Name: "web", Err: one}}, "api: one|api: two|web: one"},
	} {
		var got []string
		for _, cause := range Causes(c.err) {
			got = append(got, cause.Error())
		}
		if text := strings.Join(got, "|"); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
	if r := NewFailedRun(Input(errors.Join(one, two)), 2); len(r.Errors) != 2 || r.Errors[1].Message != "two" {
		t.Errorf("%+v", r)
	}
}
