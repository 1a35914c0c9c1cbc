package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder/native"
)

// Where no shell of the machine has the language of Alpine's, check and plan say so before a build stops in the middle.
func TestShellWarning(t *testing.T) {
	if native.HasAsh(t.Context(), t.TempDir()) {
		t.Skip("the sh of this machine has it")
	}
	dir := t.TempDir()
	text := "name: app\nversion: 1\nbuild:\n  command: echo ${HOME//a/b} >a\n  destinations: [a]\n"
	if err := os.WriteFile(filepath.Join(dir, "pakman.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	const want = "pakman.yml:4:12: build.command: it needs the language of Alpine's shell"
	in := Input{Dir: dir, Env: map[string]string{"PATH": t.TempDir()}, Getenv: noEnvironment}
	faults, err := Check(t.Context(), in)
	if err != nil || len(faults) != 1 || !strings.Contains(faults.Error(), strings.Replace(want, " build", " warning: build", 1)) {
		t.Errorf("%v, %v", faults, err)
	}
	in.Env = nil
	if faults, err = Check(t.Context(), in); err != nil || len(faults) != 0 && native.HasAsh(t.Context(), os.Getenv("PATH")) {
		t.Errorf("%v, %v", faults, err)
	}
}
