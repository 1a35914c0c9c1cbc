package instellar

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/store"
)

// File is one file of a delivery: a package, or the index of an architecture.
type File struct {
	Arch    string
	Name    string // hello-1.0-r0.apk, APKINDEX.tar.gz
	Content store.Content
	SHA256  string // hex, of the content as it was checked; empty: whatever it is
}

// Path returns <arch>/<file>, the part of a name that the consumer keeps.
func (f File) Path() string { return f.Arch + "/" + f.Name }

// measured is a file that was read once and whose digests are known from then on.
type measured struct {
	File
	store.Content
	digests store.Digests
	crc     uint32
}

func (m *measured) Digests() store.Digests { return m.digests }

// measure reads the file, twice: once for its digests, and once for its CRC.
func measure(f File) (*measured, error) {
	digests, err := store.DigestsOf(f.Content)
	if err == nil && f.SHA256 != "" && f.SHA256 != digests.SHA256 {
		err = errors.New("it changed after it was checked")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path(), err)
	}
	r, err := f.Content.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, r); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path(), err)
	}
	return &measured{File: f, Content: f.Content, digests: digests, crc: sum.Sum32()}, nil
}

// Archive is packages.zip: a content that is put together of the files and the few bytes between them
// whenever it is read. It exists neither in memory nor on a disk.
type Archive struct {
	parts   []store.Content
	size    int64
	digests store.Digests
}

var _ store.Digested = (*Archive)(nil)

// newArchive lays out the files in the order of their paths, stored without compression as packages
// are compressed already, and reads all of it once for its digests.
func newArchive(files []*measured) (*Archive, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b *measured) int { return strings.Compare(a.Path(), b.Path()) })
	if len(files) >= math.MaxUint16 {
		return nil, fmt.Errorf("%d files do not fit the platform's archive, which holds at most %d", len(files), math.MaxUint16-1)
	}
	a := &Archive{}
	var directory []byte
	for i, f := range files {
		if i > 0 && f.Path() == files[i-1].Path() {
			return nil, fmt.Errorf("two files are %s, and the platform keeps nothing else of their names", f.Path())
		}
		if a.size+f.Size() > math.MaxUint32-1<<24 { // room for the directory
			return nil, errors.New(
				"the packages have more than 4 GiB together, which the platform's archive does not hold: deliver fewer or smaller ones")
		}
		directory = append(directory, centralRecord(f, a.size)...)
		a.add(store.BytesContent(localRecord(f)), f.Content)
	}
	at := a.size
	a.add(store.BytesContent(append(directory, endRecord(len(files), len(directory), at)...)))
	var err error
	a.digests, err = store.DigestsOf(plain{a})
	return a, err
}

func (a *Archive) add(parts ...store.Content) {
	for _, p := range parts {
		a.parts = append(a.parts, p)
		a.size += p.Size()
	}
}

// plain is the archive without its digests, for taking them.
type plain struct{ store.Content }

// Size returns the size in bytes, which is known before anything is read.
func (a *Archive) Size() int64 { return a.size }

// Digests returns the digests of the whole archive.
func (a *Archive) Digests() store.Digests { return a.digests }

// Open returns a reader of the whole archive. It opens one file at a time.
func (a *Archive) Open() (io.ReadSeekCloser, error) { return &archiveReader{archive: a}, nil }

// archiveReader stands at byte offset of its archive.
type archiveReader struct {
	archive *Archive
	offset  int64
	part    io.ReadSeekCloser // open where offset is; nil: none
	left    int64             // bytes that part still has to give
}

// Read opens the part that holds the offset where none is open.
func (r *archiveReader) Read(p []byte) (int, error) {
	if r.part == nil {
		if err := r.enter(); err != nil {
			return 0, err
		}
	}
	n, err := r.part.Read(p[:min(int64(len(p)), r.left)])
	r.offset, r.left = r.offset+int64(n), r.left-int64(n)
	switch {
	case r.left == 0:
		err = r.leave()
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF // the file has become shorter
	}
	return n, err
}

func (r *archiveReader) enter() error {
	at := int64(0)
	for _, part := range r.archive.parts {
		if end := at + part.Size(); r.offset >= end {
			at = end
			continue
		}
		opened, err := part.Open()
		if err != nil {
			return err
		}
		r.part, r.left = opened, at+part.Size()-r.offset
		_, err = opened.Seek(r.offset-at, io.SeekStart)
		return err
	}
	return io.EOF
}

func (r *archiveReader) leave() error {
	if r.part == nil {
		return nil
	}
	err := r.part.Close()
	r.part, r.left = nil, 0
	return err
}

// Seek closes the open part; the next Read opens the right one.
func (r *archiveReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.archive.size
	}
	if offset < 0 {
		return 0, errors.New("a seek before the beginning of the archive")
	}
	r.offset = offset
	return offset, r.leave()
}

// Close closes the open part.
func (r *archiveReader) Close() error { return r.leave() }
