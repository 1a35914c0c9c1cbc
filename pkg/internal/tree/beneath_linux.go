package tree

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// pathOnly opens what may not be read, too.
const pathOnly = unix.O_PATH

// beneath opens name below dir. It fails where an element is a link (the last one may be one with O_PATH), and where name
// leads out of dir.
func beneath(dir int, name string, flags int) (int, error) {
	if climbs(name) {
		return -1, unix.EXDEV
	}
	how := &unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	const attempts = 100 // the kernel gives up when something is renamed meanwhile
	for range attempts {
		fd, err := uninterrupted(func() (int, error) { return unix.Openat2(dir, name, how) })
		switch {
		case errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // before Linux 5.6, and where a filter forbids what it does not know
			return step(dir, name, flags)
		}
		return fd, err
	}
	return -1, unix.EAGAIN
}

// Birth returns when name was made, where the file system knows.
func (d *Dir) Birth(name string) (time.Time, bool) {
	c := d.Cursor()
	defer c.Close()
	fd, base, err := c.at(name)
	if err != nil {
		return time.Time{}, false
	}
	var st unix.Statx_t
	if err := unix.Statx(fd, base, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &st); err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return time.Time{}, false
	}
	return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)), true
}
