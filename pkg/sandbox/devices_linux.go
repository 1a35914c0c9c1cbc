package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// ownDevices are the mounts below /dev that a build writes to.
var ownDevices = []string{"/dev/shm", "/dev/pts", "/dev/mqueue"}

// makeDevices replaces /dev: the build gets the devices that every program may use, and terminals, shared memory and message
// queues of its own. Those of the machine's users, disks and cameras are not there.
func makeDevices() error {
	fds := map[string]int{}
	for _, path := range devices {
		if fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0); err == nil { // a container may lack some
			fds[path] = fd
		}
	}
	if err := unix.Mount("tmpfs", "/dev", "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "mode=755,size=1m"); err != nil {
		return fmt.Errorf("mount /dev: %w", err)
	}
	for path, fd := range fds {
		if err := os.WriteFile(path, nil, 0o666); err != nil { //#nosec G306 -- a place to mount on
			return err
		}
		if err := unix.Mount("/proc/self/fd/"+strconv.Itoa(fd), path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount %s: %w", path, err)
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1",
		"stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"} {
		if err := os.Symlink(target, filepath.Join("/dev", name)); err != nil {
			return err
		}
	}
	for _, m := range []struct {
		name, kind, options string
		needed              bool
	}{
		{"shm", "tmpfs", "mode=1777,size=50%", true},
		{"pts", "devpts", "newinstance,ptmxmode=0666,mode=0620", false},
		{"mqueue", "mqueue", "", false},
	} {
		dir := filepath.Join("/dev", m.name)
		if err := os.Mkdir(dir, 0o755); err != nil { //#nosec G301 -- nothing secret
			return err
		}
		err := unix.Mount(m.kind, dir, m.kind, unix.MS_NOSUID|unix.MS_NOEXEC, m.options)
		if err != nil && m.needed {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	return nil
}
