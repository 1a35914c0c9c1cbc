package native

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/secret"
)

// shellPath makes a directory of the programs on PATH without those shells, for a PATH of its own.
func shellPath(t *testing.T, without ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, from := range filepath.SplitList(os.Getenv("PATH")) {
		entries, _ := os.ReadDir(from) // PATH may name what does not exist
		for _, e := range entries {
			_ = os.Symlink(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name())) // the first one stays
		}
	}
	for _, name := range without {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return dir
}

// The driver runs in a shell that has the language of Alpine's: in sh, else in busybox ash or bash. Without one of them it still runs.
func TestDriverShell(t *testing.T) {
	const probe = `v=1.2.3; echo "${v//./_}"; [[ $v = 1.* ]] && echo matches`
	head, _, found := strings.Cut(string(driver), "unset driver_shell\n")
	if !found {
		t.Fatal("the driver chooses no shell")
	}
	file := filepath.Join(t.TempDir(), "driver.sh")
	if err := os.WriteFile(file, []byte(head+"unset driver_shell\n"+`eval "$1"`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := exec.Command("/bin/sh", "-c", probe).Run() == nil
	for _, c := range [][]string{{"bash"}, {"busybox"}, {"bash", "busybox"}} {
		path := shellPath(t, c...)
		cmd := exec.Command("/bin/sh", file, probe)
		cmd.Env = []string{"PATH=" + path}
		out, err := cmd.CombinedOutput()
		_, ash := os.Stat(filepath.Join(path, "busybox"))
		_, bash := os.Stat(filepath.Join(path, "bash"))
		switch works := err == nil && string(out) == "1_2_3\nmatches\n"; {
		case works && !plain && ash != nil && bash != nil:
			t.Errorf("without %v: sh has the language only sometimes", c)
		case !works && (plain || bash == nil):
			t.Errorf("without %v: %v %s", c, err, out)
		case err != nil && !otherShell.Match(out):
			t.Errorf("without %v the shell is not told from its words: %s", c, out)
		}
	}
}

// A failure that only the shell of the machine causes says so, and names no missing command.
func TestOtherShellIsTheCause(t *testing.T) {
	for text, want := range map[string]bool{
		"driver.sh: 16: Bad substitution":                 true,
		"driver.sh: 11: ./APKBUILD: Bad substitution":     true,
		"driver.sh: 3: [[: not found\nmore":               true,
		"driver.sh: line 3: foo: not found":               false,
		"ash: syntax error: bad substitution":             false,
		"perl: Bad substitution of a variable in line 10": false,
	} {
		if got := otherShell.MatchString(text); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	err := &builder.CommandError{Function: "build", ExitCode: 2, Shell: true}
	if !strings.Contains(err.Error(), "install busybox or bash") {
		t.Error(err)
	}
}

// What a stage prints stands before the next one, to its last letter, also where a secret begins with that letter.
func TestStagesKeepTheirLastLetter(t *testing.T) {
	var log strings.Builder
	s := &session{log: secret.Redactor(&log, "token-of-a-store"), job: builder.Job{Run: builder.Run{
		Progress: func(stage string) { log.WriteString("<" + stage + ">") },
	}}}
	for _, stage := range []string{"build", "package"} {
		s.progress(stage)
		if _, err := io.WriteString(s.log, "the last\n"); err != nil {
			t.Fatal(err)
		}
	}
	s.progress("pack")
	if want := "<build>the last\n<package>the last\n<pack>"; log.String() != want {
		t.Errorf("%q, want %q", log.String(), want)
	}
}
