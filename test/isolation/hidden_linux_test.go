package isolation

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// secretAttribute is an attribute of the hidden file.
const secretAttribute = "user.pakman-isolation"

// pathOnly opens a file with the right to nothing but its place, which Landlock does not look at.
func pathOnly(path string) (descriptor string, done func(), err error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	return "/proc/self/fd/" + strconv.Itoa(fd), func() { _ = unix.Close(fd) }, err
}

func (p places) reopen() error {
	file, done, err := pathOnly(p.Hidden)
	if err != nil {
		return err
	}
	defer done()
	return holds(file)
}

func (p places) linkDescriptor() error {
	file, done, err := pathOnly(p.Hidden)
	if err != nil {
		return err
	}
	defer done()
	if err := unix.Linkat(unix.AT_FDCWD, file, unix.AT_FDCWD, "linked-descriptor", unix.AT_SYMLINK_FOLLOW); err != nil {
		return err
	}
	return holds("linked-descriptor")
}

func chmodDescriptor(path string) error {
	file, done, err := pathOnly(path)
	if err != nil {
		return err
	}
	defer done()
	return os.Chmod(file, 0o755)
}

// exchange puts another file in the place of one, and back.
func exchange(path string) error {
	if err := os.WriteFile("other", []byte("evil"), 0o644); err != nil {
		return err
	}
	for range 2 {
		if err := unix.Renameat2(unix.AT_FDCWD, "other", unix.AT_FDCWD, path, unix.RENAME_EXCHANGE); err != nil {
			return err
		}
	}
	return nil
}

func saysSecret(path string) error {
	out, err := exec.Command(path).Output()
	if err == nil && !strings.Contains(string(out), secretText) {
		err = errors.New("it says something else")
	}
	return err
}

func (p places) readLink() error {
	target, err := os.Readlink(filepath.Join(filepath.Dir(p.Hidden), "link"))
	if err == nil && target != secretText {
		err = errors.New("it leads elsewhere")
	}
	return err
}

func readAttribute(path string) error {
	value := make([]byte, 2*len(secretText))
	n, err := unix.Getxattr(path, secretAttribute, value)
	if err == nil && string(value[:n]) != secretText {
		err = errors.New("something else is there")
	}
	return err
}

// watch asks to be told of changes beside a file.
func watch(path string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	_, err = unix.InotifyAddWatch(fd, filepath.Dir(path), unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB)
	return err
}
