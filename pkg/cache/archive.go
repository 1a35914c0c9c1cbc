package cache

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
)

// An archive is a copy of the tools' caches of some repositories, for a machine that has none. Kept packages are not in it. It is
//
//	pakman cache 1 MAC
//
// in one line, and a tar compressed with zstd, whose names begin with that of a repository's directory. The code (HMAC-SHA256, in
// hexadecimal digits) authenticates the tar and the key under which the archive is found.
const (
	archiveMagic  = "pakman cache 1 "
	archiveHeader = len(archiveMagic) + 2*sha256.Size + 1
)

// Archive says what is packed or unpacked, and how.
type Archive struct {
	Repositories []*Repository
	Secret       []byte   // authenticates the archive; empty: it is only protected from damage
	Limit        int64    // bytes of all files; 0: MaxUnpacked
	Packed       int64    // bytes of the archive itself; 0: any number. Packing ends when there are more
	Withheld     []string // texts that no archive may hold; packing one is an error
}

// MaxUnpacked bounds the files of an archive, in bytes.
const MaxUnpacked = 16 << 30

// ErrArchive is about an archive that is damaged, or that was made by others or for another purpose.
var ErrArchive = errors.New("it is damaged, or was not saved by pakman with this signing key under this key")

// ErrWithheld is about caches that hold a text which must not be in an archive.
var ErrWithheld = errors.New("the caches hold a secret of build-env")

func (a Archive) mac(key string) hash.Hash {
	derived := hmac.New(sha256.New, a.Secret)
	derived.Write([]byte("pakman: archive of caches"))
	h := hmac.New(sha256.New, derived.Sum(nil))
	fmt.Fprintf(h, "%q\n", key)
	return h
}

func (a Archive) limit() int64 {
	if a.Limit <= 0 || a.Limit > MaxUnpacked {
		return MaxUnpacked
	}
	return a.Limit
}

// bounded returns a writer of the archive's file, which fails when the archive gets too large.
func (a Archive) bounded(file io.Writer) io.Writer {
	if a.Packed <= 0 {
		return file
	}
	return &boundedWriter{w: file, left: a.Packed - int64(archiveHeader), most: a.Packed}
}

type boundedWriter struct {
	w          io.Writer
	left, most int64
}

func (b *boundedWriter) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, fmt.Errorf("the archive has more than %d MiB", b.most>>20)
	}
	return b.w.Write(p)
}

// wants reports whether a directory is one of the archive's repositories.
func (a Archive) wants(name string) bool {
	return slices.ContainsFunc(a.Repositories, func(r *Repository) bool { return r.name == name })
}

// Empty reports whether no repository of the archive has anything in the cache.
func (a Archive) Empty() bool {
	for _, r := range a.Repositories {
		if entries, _ := os.ReadDir(r.Tools()); len(entries) > 0 {
			return false
		}
	}
	return true
}

// open checks the code of an archive, and returns a reader of its tar.
func (a Archive) open(ctx context.Context, file *os.File, size int64, key string) (io.Reader, error) {
	header := make([]byte, archiveHeader)
	if _, err := io.ReadFull(io.NewSectionReader(file, 0, size), header); err != nil {
		return nil, ErrArchive
	}
	body := func() io.Reader { return io.NewSectionReader(file, int64(archiveHeader), size-int64(archiveHeader)) }
	mac := a.mac(key)
	if _, err := io.Copy(mac, contextReader{ctx, body()}); err != nil {
		return nil, err
	}
	if !hmac.Equal(header, headerOf(mac)) {
		return nil, ErrArchive
	}
	return contextReader{ctx, body()}, nil
}

func headerOf(mac hash.Hash) []byte { return fmt.Appendf(nil, "%s%x\n", archiveMagic, mac.Sum(nil)) }

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context //nolint:containedctx // of one call
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}
