package diff

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// table is a package without the content of its files.
type table struct {
	*apk.Package
	order   []key
	entries map[key]entry
	times   map[string]int // how many entries have a name
	size    int            // bytes of the texts of all entries
}

// maxTable is how many bytes the texts of a package's entries may have: names, links, owners, PAX records.
const maxTable = 256 << 20

// key is an entry's name; nth counts those of one name, which a good package has but once.
type key struct {
	name string
	nth  int
}

// entry is an entry of the data.
type entry struct {
	kind, mode, owner, ids, link string
	size, mtime                  int64
	content                      string // hex SHA-256 of the bytes
	inflated                     string // likewise of what a .gz file holds; empty: it is none
	pax                          map[string]string
}

func read(ctx context.Context, file string) (*table, error) {
	f, err := os.Open(file) //#nosec G304 -- the file that the user named
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	t := &table{entries: map[key]entry{}, times: map[string]int{}}
	t.Package, err = apk.Files(f, func(h *tar.Header, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return t.add(h, reader{ctx, content})
	})
	return t, err
}

func (t *table) add(h *tar.Header, content io.Reader) error {
	e := entry{
		kind: kind(h.Typeflag), mode: fmt.Sprintf("%04o", h.Mode),
		owner: h.Uname + ":" + h.Gname, ids: fmt.Sprintf("%d:%d", h.Uid, h.Gid),
		link: h.Linkname, size: h.Size, mtime: h.ModTime.Unix(), pax: h.PAXRecords,
	}
	if h.Typeflag == tar.TypeReg {
		var err error
		if e.content, e.inflated, err = digest(content, strings.HasSuffix(h.Name, ".gz")); err != nil {
			return fmt.Errorf("%.200q: %w", h.Name, err)
		}
	}
	if t.size += e.textSize() + len(h.Name); t.size > maxTable {
		return fmt.Errorf("the names, links and PAX records of its files have more than the %d MiB that are allowed", maxTable>>20)
	}
	k := key{name: h.Name, nth: t.times[h.Name]}
	t.times[h.Name]++
	t.order = append(t.order, k)
	t.entries[k] = e
	return nil
}

func (e entry) textSize() int {
	size := len(e.kind) + len(e.owner) + len(e.link)
	for name, value := range e.pax {
		size += len(name) + len(value)
	}
	return size
}

// reader reads until the context ends.
type reader struct {
	ctx context.Context //nolint:containedctx // io.Reader has no parameter for it
	src io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}

// maxInflated bounds the work that one hostile .gz file can make, in bytes.
const maxInflated = 1 << 30

// digest hashes a file and, where zipped, what it holds. A .gz file that is damaged or too large
// counts as its bytes.
func digest(content io.Reader, zipped bool) (raw, inflated string, err error) {
	hash, inner := sha256.New(), sha256.New()
	content = io.TeeReader(content, hash)
	if zipped {
		if z, err := gzip.NewReader(content); err == nil {
			_, err = io.CopyN(inner, z, maxInflated)
			if errors.Is(err, io.EOF) {
				inflated = hex.EncodeToString(inner.Sum(nil))
			}
		}
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return "", "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), inflated, nil
}

func kind(flag byte) string {
	names := map[byte]string{
		tar.TypeReg: "file", tar.TypeLink: "hard link", tar.TypeSymlink: "symbolic link", tar.TypeDir: "directory",
		tar.TypeChar: "character device", tar.TypeBlock: "block device", tar.TypeFifo: "fifo",
	}
	if name := names[flag]; name != "" {
		return name
	}
	return fmt.Sprintf("type %q", flag)
}
