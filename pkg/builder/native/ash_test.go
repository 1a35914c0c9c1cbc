package native

import (
	"os"
	"os/exec"
	"path/filepath"
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
