package pipeline

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"
)

// onOneProcessor runs start so that the children that it starts have one processor only.
func onOneProcessor(start func() error) (err error) {
	runtime.LockOSThread() // a child inherits from the thread that starts it
	defer runtime.UnlockOSThread()
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	for cpu := 0; one.Count() == 0; cpu++ {
		if all.IsSet(cpu) {
			one.Set(cpu)
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unix.SchedSetaffinity(0, &all)) }()
	return start()
}
