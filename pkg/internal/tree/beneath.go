package tree

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// climbs reports whether an element of the name is "..".
func climbs(name string) bool {
	return strings.Contains(name, "..") && slices.Contains(strings.Split(name, "/"), "..")
}

// step resolves a name element by element, for systems that cannot do it in one call.
func step(dir int, name string, flags int) (int, error) {
	current := dir
	for {
		element, rest, more := strings.Cut(name, "/")
		if element == ".." || element == "" {
			closeStep(current, dir)
			return -1, unix.EXDEV
		}
		how := flags | unix.O_NOFOLLOW | unix.O_CLOEXEC
		if more {
			how = pathOnly | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
		}
		next, err := uninterrupted(func() (int, error) { return unix.Openat(current, element, how, 0) })
		closeStep(current, dir)
		if err != nil || !more {
			return next, err
		}
		current, name = next, rest
	}
}

func closeStep(fd, dir int) {
	if fd != dir {
		_ = unix.Close(fd) // only read
	}
}
