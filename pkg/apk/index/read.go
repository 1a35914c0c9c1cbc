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

// What an index may have at most, so that a hostile one cannot fill the memory.
const (
	maxSignatures  = 1 << 20
	maxCompressed  = 256 << 20
	maxDescription = 64 << 10
	maxText        = 1 << 30
	maxLine        = 4 << 20
)

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
	content, err := members.Next(digests, maxCompressed)
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
		if content, err = members.Next(digests, maxCompressed); err != nil {
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
		return nil, member.ErrTooLong
	}
	if err := members.End(archive); err != nil {
		return nil, err
	}
	return apk.ReadSignatures(bytes.NewReader(content))
}

func readArchive(archive io.Reader) (*Index, error) {
	x := &Index{}
	t := tar.NewReader(io.LimitReader(archive, maxText))
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
			if text, err = io.ReadAll(io.LimitReader(t, maxDescription)); err == nil {
				x.Description = string(text)
			}
		case indexFile:
			found = true
			err = x.readText(t, h.Size)
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
