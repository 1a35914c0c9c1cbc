package cache

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/tempdir"
	"github.com/pakman/build/pkg/internal/tree"
)

// maxWindow bounds the memory for decompression: it is what zstd's usual levels need.
const maxWindow = 8 << 20

// Unpack fills the empty caches of the archive's repositories from a file that was found under the key, completely or not at all.
// It makes only files, directories and links within the caches, all new, and follows no link.
func (a Archive) Unpack(ctx context.Context, file *os.File, size int64, key string) (err error) {
	if len(a.Repositories) == 0 {
		return nil
	}
	body, err := a.open(ctx, file, size, key)
	if err != nil {
		return err
	}
	decompressed, err := zstd.NewReader(body, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return err
	}
	defer decompressed.Close()
	tools := a.Repositories[0].cache.below(toolsDir)
	aside, err := os.MkdirTemp(tools, unfinishedPrefix)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tempdir.Remove(aside)) }()
	dir, err := tree.Open(aside)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // nothing is written through it
	u := &unpacker{Archive: a, dir: dir, bounds: bounds{limit: a.limit()}}
	if err := u.all(tar.NewReader(contextReader{ctx, decompressed})); err != nil {
		return err
	}
	for _, r := range a.Repositories {
		err := os.Rename(filepath.Join(aside, r.name), r.Tools()) // over an empty directory, if one is there
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

type unpacker struct {
	Archive
	dir    *tree.Dir
	bounds bounds
}

func (u *unpacker) all(in *tar.Reader) error {
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := u.bounds.entry(); err != nil {
			return err
		}
		if err := u.entry(header, in); err != nil {
			return err
		}
	}
}

// entry makes what one entry of the archive describes.
func (u *unpacker) entry(header *tar.Header, in io.Reader) error {
	name := strings.TrimSuffix(header.Name, "/")
	repository, inner, _ := strings.Cut(name, "/")
	switch {
	case !fits(name):
		return fmt.Errorf("the archive has the name %q", name)
	case !u.wants(repository):
		return fmt.Errorf("the archive has caches of another repository: %q", name)
	case header.Typeflag == tar.TypeDir:
		return u.dir.Mkdir(name, 0o755)
	case header.Typeflag == tar.TypeSymlink && inner != "" && stays(inner, header.Linkname):
		return u.dir.Symlink(header.Linkname, name)
	case header.Typeflag == tar.TypeReg && inner != "":
		return u.file(name, header, in)
	}
	return fmt.Errorf("the archive has %q, which is no file of a cache", name)
}

func (u *unpacker) file(name string, header *tar.Header, in io.Reader) error {
	if err := u.bounds.file(header.Size); err != nil {
		return err
	}
	file, err := u.dir.Create(name, fs.FileMode(header.Mode).Perm()) //#nosec G115 -- its permissions alone
	if err != nil {
		return err
	}
	_, err = io.Copy(file, in)
	at := unix.NsecToTimeval(header.ModTime.UnixNano())
	if header.ModTime.After(time.Now()) {
		at = unix.NsecToTimeval(time.Now().UnixNano()) // nothing stays new for ever
	}
	return errors.Join(err, unix.Futimes(int(file.Fd()), []unix.Timeval{at, at}), file.Close())
}
