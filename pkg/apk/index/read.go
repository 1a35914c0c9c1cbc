package index

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/internal/member"
)

// What an index may have at most, so that a hostile one takes no more than 256 MiB of memory while it is read: an entry takes
// 384 bytes beside its text, and each element of a list 16. The largest of Alpine's has 30,000 packages in 13 MiB of text.
// Write keeps to the same bounds, so that what it wrote can be read.
const (
	maxSignatures  = 1 << 20  // bytes of the signature member, decompressed
	maxText        = 64 << 20 // bytes of APKINDEX, decompressed
	maxEntries     = 200_000
	maxElements    = 2_500_000 // of all lists: dependencies, provides, install_if
	maxDescription = 64 << 10  // bytes
	maxLine        = 256 << 10 // bytes
)

// archiveLimit leaves room for what stands beside the text.
var archiveLimit = member.Limit{Compressed: maxText + 1<<20, Inflated: maxText + 1<<20}

// Read reads an APKINDEX.tar.gz. With keys, one of them must have signed it.
func Read(r io.Reader, keys ...*apk.PublicKey) (*Index, error) {
	x, err := read(r, keys)
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	return x, nil
}

func read(r io.Reader, keys []*apk.PublicKey) (*Index, error) {
	members := member.NewReader(r)
	digests := apk.NewDigests()
	content, err := members.Next(digests, archiveLimit)
	if err != nil {
		return nil, err
	}
	archive := bufio.NewReaderSize(content, 64<<10)
	var signatures []apk.Signature
	if isSigned(archive) {
		if signatures, err = readSignatures(members, archive); err != nil {
			return nil, err
		}
		digests = apk.NewDigests()
		if content, err = members.Next(digests, archiveLimit); err != nil {
			return nil, err
		}
		archive.Reset(content)
	}
	x, err := readArchive(archive)
	if err != nil {
		return nil, err
	}
	if err := members.End(content); err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		if err := digests.Verify(signatures, keys...); err != nil {
			return nil, err
		}
	}
	x.sort()
	return x, nil
}

// isSigned looks at the first entry, before which abuild's tar puts a PAX header.
func isSigned(archive *bufio.Reader) bool {
	const headers = 4096 // bytes: far more than these take
	start, _ := archive.Peek(headers)
	h, err := tar.NewReader(bytes.NewReader(start)).Next()
	return err == nil && strings.HasPrefix(h.Name, ".SIGN.")
}

func readSignatures(members *member.Reader, archive io.Reader) ([]apk.Signature, error) {
	content, err := io.ReadAll(io.LimitReader(archive, maxSignatures+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxSignatures {
		return nil, fmt.Errorf("signatures: %w", &member.LimitError{Limit: maxSignatures, Inflated: true})
	}
	if err := members.End(archive); err != nil {
		return nil, err
	}
	return apk.ReadSignatures(content)
}

func readArchive(archive io.Reader) (*Index, error) {
	x := &Index{}
	t := tar.NewReader(archive)
	found := false
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch h.Name {
		case descriptionFile:
			var text []byte
			if h.Size > maxDescription {
				err = fmt.Errorf("%d bytes, at most %s are allowed", h.Size, member.Size(maxDescription))
			} else if text, err = io.ReadAll(t); err == nil {
				x.Description = string(text)
			}
		case indexFile:
			switch {
			case found:
				err = errors.New("there are two of them")
			case h.Size > maxText:
				err = fmt.Errorf("%d bytes, at most %s are allowed", h.Size, member.Size(maxText))
			default:
				err = x.readText(t, h.Size)
			}
			found = true
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	if !found {
		return nil, errors.New("not an index: it has no APKINDEX")
	}
	return x, nil
}
