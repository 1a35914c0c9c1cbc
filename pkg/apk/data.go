package apk

import (
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/apk/internal/ustar"
)

// checksumRecord holds the SHA-1 of a file's content or of a link's target; apk checks files
// against it, and tells by it what the user changed.
const checksumRecord = "APK-TOOLS.checksum.SHA1"

// packer writes the entries of a tree.
type packer struct {
	tar    *ustar.Writer
	root   string
	date   int64
	buffer []byte // holds a small file whole, and is never empty
}

// pack writes the tar archive of the data member to w.
func pack(ctx context.Context, w io.Writer, date int64, tree Tree, entries []entry) error {
	p := &packer{tar: ustar.NewWriter(w), root: tree.Root, date: date, buffer: make([]byte, 1<<20)}
	for i := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.add(ctx, &entries[i]); err != nil {
			return fmt.Errorf("/%s: %w", entries[i].path, err)
		}
	}
	return p.tar.Close()
}

func (p *packer) add(ctx context.Context, e *entry) error {
	path := filepath.Join(p.root, filepath.FromSlash(e.path))
	h := &ustar.Header{Path: e.path, Mode: int64(e.bits), User: e.owner.User, Group: e.owner.Group, ModTime: p.date}
	switch {
	case e.mode.IsDir():
		h.Type, h.Path = ustar.Directory, e.path+"/"
	case e.mode&fs.ModeSymlink != 0:
		h.Type, h.Mode, h.Linkname = ustar.Symlink, 0o777, e.target
		return p.tar.WriteHeader(withChecksum(h, sha1.Sum([]byte(e.target))))
	case e.hardlink != "":
		h.Type, h.Linkname = ustar.HardLink, e.hardlink
		return p.tar.WriteHeader(h)
	default:
		h.Type, h.Size = ustar.File, e.size
	}
	var err error
	if h.Records, err = xattrs(path); err != nil {
		return err
	}
	if h.Type == ustar.Directory {
		return p.tar.WriteHeader(h)
	}
	if e.owner.Capability != "" {
		h.Records = withCapability(h.Records, e.owner.Capability)
	}
	return p.addFile(ctx, h, path)
}

// withCapability puts a declared capability in place of the file's own, in the order of names.
func withCapability(records []ustar.Record, value string) []ustar.Record {
	const key = "SCHILY.xattr.security.capability"
	records = slices.DeleteFunc(records, func(r ustar.Record) bool { return r.Key == key })
	return append([]ustar.Record{{Key: key, Value: value}}, records...) // "security." sorts before "user."
}

// modeBits are the permission bits as a tar header has them.
func modeBits(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	for flag, bit := range map[fs.FileMode]uint32{
		fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000,
	} {
		if mode&flag != 0 {
			bits |= bit
		}
	}
	return bits
}
