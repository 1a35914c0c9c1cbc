package store

import (
	"context"
	"crypto/md5" // an ETag's digest, not a protection
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Digests are a content's hashes, in hex. A store's ETag is commonly one of them.
type Digests struct {
	MD5, SHA256 string
	Parts       string // the ETag of a Large content that was sent in parts; empty for others
}

// Digested is a content that knows its digests.
type Digested interface {
	Content
	Digests() Digests
}

// DigestsOf reads c once, unless it is Digested.
func DigestsOf(c Content) (Digests, error) {
	if known, ok := c.(Digested); ok {
		return known.Digests(), nil
	}
	r, err := c.Open()
	if err != nil {
		return Digests{}, err
	}
	defer func() { _ = r.Close() }()
	d, n, err := digest(r)
	if err == nil && n != c.Size() {
		err = fmt.Errorf("the file changed while it was read: %d bytes instead of %d", n, c.Size())
	}
	return d, err
}

func digest(r io.Reader) (Digests, int64, error) {
	s, etags := sha256.New(), NewETagHash()
	n, err := io.Copy(io.MultiWriter(s, etags), r)
	return etags.Digests(hex.EncodeToString(s.Sum(nil))), n, err
}

// ETagHash takes the digests of what is written to it that the ETags of S3 stores are.
type ETagHash struct {
	whole hash.Hash
	parts *partHash
	size  int64
}

// NewETagHash returns the hash of nothing yet.
func NewETagHash() *ETagHash { return &ETagHash{whole: md5.New(), parts: newPartHash()} }

func (h *ETagHash) Write(p []byte) (int, error) {
	_, _ = h.whole.Write(p) // never fails
	_, _ = h.parts.Write(p)
	h.size += int64(len(p))
	return len(p), nil
}

// Digests returns the digests of the content whose SHA-256 is known.
func (h *ETagHash) Digests(sha string) Digests {
	d := Digests{MD5: hex.EncodeToString(h.whole.Sum(nil)), SHA256: sha}
	if h.size > Large {
		d.Parts = h.parts.etag()
	}
	return d
}

// WithDigests returns c as a content whose digests are known.
func WithDigests(c Content, d Digests) Digested { return digested{c, d} }

type digested struct {
	Content
	digests Digests
}

func (d digested) Digests() Digests { return d.digests }

// Compare reports whether the object of key has the content that want was taken of, and the SHA-256
// of what it holds. A missing object is ErrNotFound.
func Compare(ctx context.Context, st Store, key string, want Digests) (same bool, sha string, err error) {
	sha, _, err = Identify(ctx, st, key, want)
	return err == nil && sha == want.SHA256, sha, err
}

// Identify returns the SHA-256 of what the object of key holds, most likely the content that likely was taken
// of: it reads the object only if the ETag does not identify it, and at most MaxObject bytes of it. A missing object is
// ErrNotFound.
func Identify(ctx context.Context, st Store, key string, likely Digests) (sha string, info Info, err error) {
	return identify(ctx, st, key, likely, MaxObject)
}

func identify(ctx context.Context, st Store, key string, likely Digests, most int64) (sha string, info Info, err error) {
	info, err = st.Stat(ctx, key)
	if err != nil || info.ETag == likely.MD5 || info.ETag == likely.SHA256 || likely.Parts != "" && info.ETag == likely.Parts {
		return likely.SHA256, info, err
	}
	r, info, err := st.Get(ctx, key)
	if err != nil {
		return "", info, err
	}
	if info.Size > most {
		return "", info, errors.Join(tooLarge(st, key, most), r.Close())
	}
	got, n, err := digest(io.LimitReader(r, most+1))
	if n > most {
		err = tooLarge(st, key, most)
	}
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", info, fmt.Errorf("reading %s: %w", st.URL(key), err)
	}
	return got.SHA256, info, nil
}

func tooLarge(st Store, key string, most int64) error {
	return &Problem{What: fmt.Sprintf("%s has more than %d bytes, which is more than are read", st.URL(key), most),
		Hint: "look at what it is, and remove it if it is not a file of a repository"}
}
