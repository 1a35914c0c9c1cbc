package root

import (
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/sandbox"
)

// What apk mounts is not seen outside, on machines whose mounts are shared too, as those with systemd are.
func TestMountsStayInside(t *testing.T) {
	const step, place = "PAKMAN_TEST_STEP", "PAKMAN_TEST_PLACE"
	again := func(name, dir string, a *syscall.SysProcAttr) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$")
		cmd.Env, cmd.SysProcAttr = append(os.Environ(), step+"="+name, place+"="+dir), a
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	dir := os.Getenv(place)
	switch os.Getenv(step) {
	case "mount": // as apk does
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
	case "shared":
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
			t.Fatal(err)
		}
		again("mount", dir, isolated())
		mounts, err := os.ReadFile("/proc/self/mountinfo")
		if err != nil || bytes.Contains(mounts, []byte(dir)) {
			t.Errorf("%v\n%s", err, mounts)
		}
	default:
		if sandbox.Available() != sandbox.Namespaces {
			t.Skip("needs namespaces")
		}
		a := isolated()
		a.Unshareflags = 0
		a.Cloneflags |= unix.CLONE_NEWNS
		again("shared", t.TempDir(), a)
	}
}
