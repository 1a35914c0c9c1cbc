package native

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A machine has ash's language if sh has it, or bash or busybox is among its programs.
func TestHasAsh(t *testing.T) {
	if exec.Command("/bin/sh", "-c", `eval 'v=a.b; [ "${v//./_}" = a_b ] && [[ $v = a.b ]]'`).Run() == nil {
		t.Skip("the sh of this machine has it")
	}
	empty, withBash := t.TempDir(), t.TempDir()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is missing")
	}
	if err := os.Symlink(bash, filepath.Join(withBash, "bash")); err != nil {
		t.Fatal(err)
	}
	if HasAsh(t.Context(), empty) || !HasAsh(t.Context(), withBash) {
		t.Errorf("without programs %v, with bash %v", HasAsh(t.Context(), empty), HasAsh(t.Context(), withBash))
	}
}

// The question is the one by which driver.sh chooses its shell.
func TestAshTestIsTheDrivers(t *testing.T) {
	text, err := os.ReadFile("driver.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`(eval 'v=a.b; [ "${v//./_}" = a_b ] && [[ $v = a.b ]]') 2>/dev/null`, "busybox ash -c : ",
		"! busybox ash -c 'PATH=/nowhere; ls /' ", "bash --posix -c :",
	} {
		if !strings.Contains(ashTest, part) {
			t.Errorf("HasAsh does not ask: %s", part)
		}
		if !strings.Contains(string(text), part) {
			t.Errorf("driver.sh does not ask: %s", part)
		}
	}
}
