package store

import (
	"crypto/md5" // an ETag's digest, not a protection
	"encoding/hex"
	"fmt"
	"hash"
)

// PartSize is how much of a large content an S3 store is sent in one request, and Large the size above which a content is
// sent in parts.
const (
	PartSize = 32 << 20
	Large    = 2 * PartSize
)

// partHash returns the ETag of a content that was sent in parts: the MD5 of the parts' MD5s, and their number.
type partHash struct {
	part hash.Hash
	left int
	sums []byte
}

func newPartHash() *partHash { return &partHash{part: md5.New(), left: PartSize} }

func (h *partHash) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		take := min(len(p), h.left)
		_, _ = h.part.Write(p[:take]) // never fails
		p, h.left = p[take:], h.left-take
		if h.left == 0 {
			h.end()
		}
	}
	return n, nil
}

func (h *partHash) end() {
	h.sums = h.part.Sum(h.sums)
	h.part.Reset()
	h.left = PartSize
}

func (h *partHash) etag() string {
	if h.left < PartSize {
		h.end()
	}
	sum := md5.Sum(h.sums)
	return fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:]), len(h.sums)/md5.Size)
}
