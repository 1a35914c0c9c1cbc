package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// freeze makes every mount read-only but for the writable ones, which are mounts of their own.
func freeze(writable []string) error {
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID}
	err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &attr)
	if errors.Is(err, unix.ENOSYS) { // before Linux 5.12
		return freezeEach(writable)
	}
	if err != nil {
		return fmt.Errorf("make / read-only: %w", err)
	}
	attr = unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	for _, path := range writable {
		err := unix.MountSetattr(unix.AT_FDCWD, path, 0, &attr)
		// EPERM: it was read-only before; EINVAL: there is no such mount, as the system had none to make it from.
		if err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("make %s writable: %w", path, err)
		}
	}
	return nil
}

// freezeEach does the same mount by mount.
func freezeEach(writable []string) error {
	keep := map[string]bool{}
	for _, path := range writable {
		keep[filepath.Clean(path)] = true
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		// "36 35 98:0 /root /mnt rw,noatime …": the place has octal escapes.
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 {
			continue
		}
		path := unescape(fields[4])
		if keep[path] {
			continue
		}
		flags := uintptr(unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID)
		for option := range strings.SplitSeq(fields[5], ",") {
			flags |= mountFlags[option] // those of a mount from outside cannot be taken away in a user namespace
		}
		// What lies under another mount is not there for the build either.
		err := unix.Mount("", path, "", flags, "")
		if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EACCES) {
			return fmt.Errorf("make %s read-only: %w", path, err)
		}
	}
	return lines.Err()
}

var mountFlags = map[string]uintptr{
	"nodev": unix.MS_NODEV, "noexec": unix.MS_NOEXEC, "noatime": unix.MS_NOATIME, "nodiratime": unix.MS_NODIRATIME,
	"relatime": unix.MS_RELATIME,
}

// unescape returns the path that mountinfo writes with \040 for a space.
func unescape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
