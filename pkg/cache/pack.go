package cache

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/tree"
	"github.com/pakman/build/pkg/secret"
)

// Pack writes the archive to an empty file, to be found under the key. What is neither a file, nor a directory, nor a link within the
// caches, or has a name that no archive may have, is left out. Builds have written the caches: no link is followed.
func (a Archive) Pack(ctx context.Context, file *os.File, key string) error {
	mac := a.mac(key)
	if _, err := file.Seek(int64(archiveHeader), io.SeekStart); err != nil {
		return err
	}
	compressed, err := zstd.NewWriter(io.MultiWriter(a.bounded(file), mac), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return err
	}
	p := &packer{Archive: a, tar: tar.NewWriter(compressed), bounds: bounds{limit: a.limit()}, withheld: newDetector(a.Withheld)}
	for _, r := range a.Repositories {
		if err = p.repository(ctx, r); err != nil {
			break
		}
	}
	// The encoder's goroutines end with Close. After a failure it says nothing new.
	if errClose := errors.Join(p.tar.Close(), compressed.Close(), p.withheld.close()); err == nil {
		err = errClose
	}
	if err != nil {
		return err
	}
	_, err = file.WriteAt(headerOf(mac), 0)
	return err
}

type packer struct {
	Archive
	tar      *tar.Writer
	bounds   bounds
	withheld *detector
}

func (p *packer) repository(ctx context.Context, r *Repository) error {
	dir, err := tree.Open(r.Tools())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // only read
	if err := p.header(&tar.Header{Typeflag: tar.TypeDir, Name: r.name + "/", Mode: 0o755}); err != nil {
		return err
	}
	entries, err := dir.List(ctx)
	if err != nil {
		return err
	}
	cursor := dir.Cursor()
	defer cursor.Close()
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := p.entry(ctx, cursor, r.name, e); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	return nil
}

func (p *packer) entry(ctx context.Context, cursor *tree.Cursor, repository string, e tree.Entry) error {
	header := &tar.Header{Name: repository + "/" + e.Path, Format: tar.FormatPAX}
	if !fits(header.Name) {
		return nil
	}
	switch e.Type {
	case fs.ModeDir:
		header.Typeflag, header.Name, header.Mode = tar.TypeDir, header.Name+"/", 0o755
	case fs.ModeSymlink:
		target, err := cursor.Readlink(e.Path)
		if err != nil || !stays(e.Path, target) {
			return err
		}
		header.Typeflag, header.Linkname = tar.TypeSymlink, target
	case 0:
		return p.file(ctx, cursor, e.Path, header)
	default:
		return nil
	}
	return p.header(header)
}

func (p *packer) header(header *tar.Header) error {
	if err := p.bounds.entry(); err != nil {
		return err
	}
	return p.tar.WriteHeader(header)
}

// file writes a regular file.
func (p *packer) file(ctx context.Context, cursor *tree.Cursor, name string, header *tar.Header) error {
	fd, info, err := cursor.Open(name)
	if err != nil {
		return err
	}
	content := os.NewFile(uintptr(fd), name)
	defer func() { _ = content.Close() }() // only read
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if err := p.bounds.file(info.Size); err != nil {
		return err
	}
	header.Typeflag, header.Mode, header.Size = tar.TypeReg, int64(info.Mode.Perm()), info.Size
	header.ModTime = time.Unix(st.Mtim.Unix())
	if err := p.header(header); err != nil {
		return err
	}
	_, err = io.CopyN(io.MultiWriter(p.tar, p.withheld), contextReader{ctx, content}, info.Size)
	return err
}

// detector finds out whether one of the texts is in what is written to it, also in the forms in which tools write secrets.
type detector struct {
	redacted      io.WriteCloser // nil: there are no texts
	before, after hash.Hash
}

func newDetector(texts []string) *detector {
	if len(texts) == 0 {
		return &detector{}
	}
	d := &detector{before: sha256.New(), after: sha256.New()}
	d.redacted = secret.Redactor(d.after, texts...)
	return d
}

func (d *detector) Write(p []byte) (int, error) {
	if d.redacted == nil {
		return len(p), nil
	}
	_, _ = d.before.Write(p) // never fails
	return d.redacted.Write(p)
}

// close returns ErrWithheld where a text was found.
func (d *detector) close() error {
	if d.redacted == nil {
		return nil
	}
	if err := d.redacted.Close(); err != nil {
		return err
	}
	if !bytes.Equal(d.before.Sum(nil), d.after.Sum(nil)) {
		return ErrWithheld
	}
	return nil
}
