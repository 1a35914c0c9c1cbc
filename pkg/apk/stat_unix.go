//go:build unix

package apk

import (
	"io/fs"
	"syscall"
)

// stat takes what only the system's own structure tells.
func (e *entry) stat(info fs.FileInfo) {
	e.bits = modeBits(info.Mode())
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		e.inode = inode{device: uint64(s.Dev), number: s.Ino}
		e.links = uint64(s.Nlink)
	}
}
