package tree

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// Info is what a tree says of one of its names.
type Info struct {
	Mode          fs.FileMode
	Size          int64
	Device, Inode uint64
	Links         uint64
	UID, GID      uint32
}

func infoOf(st *unix.Stat_t) Info {
	return Info{
		Mode: modeOf(st.Mode), Size: st.Size, Inode: st.Ino, UID: st.Uid, GID: st.Gid,
		Device: uint64(st.Dev), Links: uint64(st.Nlink), //nolint:unconvert // other systems have 32 bits
	}
}

// modeOf translates the system's mode into Go's.
func modeOf(bits uint32) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	switch bits & unix.S_IFMT {
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFREG:
	default:
		mode |= fs.ModeIrregular
	}
	if bits&unix.S_ISUID != 0 {
		mode |= fs.ModeSetuid
	}
	if bits&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if bits&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}
