package proc

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A child has no terminal, and is alone in its session.
func TestSession(t *testing.T) {
	out, err := Run(context.Background(), sh(`echo $$; cut -d' ' -f6,7 /proc/$$/stat; (exec 2>&1; : </dev/tty) && echo terminal`))
	fields := strings.Fields(string(out))
	if len(fields) < 3 || fields[0] != fields[1] || fields[2] != "0" || strings.Contains(string(out), "terminal") {
		t.Errorf("%q, %v", out, err)
	}
}

// What this process was started with reaches no child: a descriptor that is not closed on exec, or a limit that lets the
// child leave its memory in a file.
func TestClean(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(file, syscall.O_RDONLY, 0) // without O_CLOEXEC, as whoever starts a program may have it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	out, err := Run(context.Background(), sh(`for i in 3 4 5 6 7 8 9; do cat <&$i; done 2>/dev/null; ulimit -c`))
	if err != nil || string(out) != "0\n" {
		t.Errorf("%q, %v", out, err)
	}
}
