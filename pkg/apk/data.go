package apk

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"io/fs"

	"github.com/pakman/build/pkg/apk/internal/deflate"
	"github.com/pakman/build/pkg/apk/internal/ustar"
	"github.com/pakman/build/pkg/internal/tree"
)

// checksumRecord holds the SHA-1 of a file's content or of a link's target; apk checks files
// against it, and tells by it what the user changed.
const checksumRecord = "APK-TOOLS.checksum.SHA1"

// packer packs a tree.
type packer struct {
	tree    Tree
	date    int64
	entries int   // in the tree
	size    int64 // of their contents
}

// pack writes the tar archive of the data member to z. The tree is read ahead, with that many processors.
func (p *packer) pack(ctx context.Context, z *deflate.Writer, processors int) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	read := func(s *stretch) *stretch {
		p.make(ctx, s)
		return s
	}
	for s := range ahead(processors+1, p.stretches(ctx), read) {
		if err == nil {
			err = s.write(ctx, z)
		}
		if err != nil {
			cancel() // and have the others closed
		}
		s.close()
	}
	if err != nil {
		return err
	}
	_, err = z.Write(ustar.End(nil))
	return err
}

// add appends an entry to a stretch.
func (p *packer) add(ctx context.Context, s *stretch, e *entry, cursor *tree.Cursor) (err error) {
	h := &ustar.Header{Path: e.path, Mode: int64(e.bits), User: e.owner.User, Group: e.owner.Group, ModTime: p.date}
	switch {
	case e.mode.IsDir():
		h.Type, h.Path = ustar.Directory, e.path+"/"
		h.Records, err = xattrs(cursor, e.path)
	case e.mode&fs.ModeSymlink != 0:
		sum := sha1.Sum([]byte(e.target))
		h.Type, h.Mode, h.Linkname = ustar.Symlink, 0o777, e.target
		h.Records = []ustar.Record{{Key: checksumRecord, Value: hex.EncodeToString(sum[:])}}
	case e.hardlink != "":
		h.Type, h.Linkname = ustar.HardLink, e.hardlink
	default:
		h.Type, h.Size = ustar.File, e.size
		return s.addFile(ctx, h, e, cursor)
	}
	if err == nil {
		s.text, _, err = ustar.Append(s.text, h)
	}
	return err
}

// modeBits returns the permission bits as a tar header has them.
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
