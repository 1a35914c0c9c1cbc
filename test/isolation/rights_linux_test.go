package isolation

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// capability is the value of security.capability that gives a program CAP_SYS_ADMIN.
const capability = "\x01\x00\x00\x02\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// onOwn makes a file of the build's own and does something to it.
func onOwn(name string, f func(file string) error) func(places) error {
	return func(places) error {
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"), 0o755); err != nil {
			return err
		}
		return errors.Join(f(name), os.Remove(name))
	}
}

func makeCapable(file string) error {
	return unix.Setxattr(file, "security.capability", []byte(capability), 0)
}

func makeTrusted(file string) error {
	return unix.Setxattr(file, "trusted.overlay.opaque", []byte("y"), 0)
}

// giveToRoot would make a program that runs as root.
func giveToRoot(file string) error {
	return errors.Join(os.Chown(file, 0, 0), os.Chmod(file, 0o755|os.ModeSetuid))
}

// device is the disk of the machine, or the memory.
func device(kind uint32, number uint64) func(places) error {
	return func(places) error {
		const name = "device"
		return errors.Join(unix.Mknod(name, kind|0o666, int(number)), os.Remove(name))
	}
}

// linked packages another one's file under a name of the build's own.
func linked(file string) error {
	const name = "linked-file"
	if err := os.Link(file, name); err != nil {
		return err
	}
	return errors.Join(holds(name), os.Remove(name))
}
