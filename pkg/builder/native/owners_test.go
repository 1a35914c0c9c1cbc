package native

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// A program that gives files away by itself fails, and so does the build: nothing becomes root's in silence.
func TestProgramsCannotGiveAway(t *testing.T) {
	for name, program := range map[string]string{
		"python3": `import os; os.chown(os.environ["FILE"], 12345, 12345)`,
		"perl":    `chown(12345, 12345, $ENV{FILE}) or die "chown: $!"`,
		"chown":   "",
	} {
		t.Run(name, func(t *testing.T) {
			path := "/usr/bin/" + name // the system's, which the build's user reaches
			if _, err := os.Stat(path); err != nil {
				t.Skipf("needs %s", path)
			}
			command := "'" + path + "' -c '" + program + "'"
			switch name {
			case "perl":
				command = "'" + path + "' -e '" + program + "'"
			case "chown": // the program, not the function of that name
				command = "env chown 12345:12345 \"$FILE\""
			}
			_, log, err := build(t, "pkgusers=demo\npackage() {\n\tmkdir \"$pkgdir\"\n\texport FILE=\"$pkgdir\"/f\n\t: >\"$FILE\"\n\t"+
				command+"\n}\n", nil)
			var failed *builder.CommandError
			if !errors.As(err, &failed) || failed.Function != "package" {
				t.Errorf("%v\n%s", err, log)
			}
			if text := log.String(); !strings.Contains(text, "not permitted") && !strings.Contains(text, "nvalid argument") {
				t.Errorf("it failed for another reason:\n%s", text)
			}
		})
	}
}

// A user may give files to groups of his own, which no package knows.
func TestOwnGroupIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make what a user's own groups make")
	}
	s := &session{}
	dir := t.TempDir()
	for _, sub := range []string{"pkg", "pkg/demo"} {
		if err := os.Mkdir(dir+"/"+sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := dir + "/pkg/demo/f"
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.work, err = tree.Open(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.work.Close() })
	p := output{name: "demo"}
	if p.tree, err = s.installed("demo"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.tree.Close() })
	if p.list, err = p.tree.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.checkGivenAway(p, owners{}); err != nil {
		t.Errorf("a file of the builder's own: %v", err)
	}
	if err := os.Chown(file, 0, 12345); err != nil {
		t.Fatal(err)
	}
	if err := s.checkGivenAway(p, owners{}); err == nil || !strings.Contains(err.Error(), "/f was given to user 0 and group 12345") {
		t.Errorf("%v", err)
	}
}
