//go:build unix && !linux

package tree

import (
	"time"

	"golang.org/x/sys/unix"
)

const pathOnly = unix.O_RDONLY

func beneath(dir int, name string, flags int) (int, error) { return step(dir, name, flags) }

// Birth reports nothing: this system has no call for it that Alpine's tools agree with.
func (d *Dir) Birth(string) (time.Time, bool) { return time.Time{}, false }
