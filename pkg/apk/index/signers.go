package index

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/pakman/build/pkg/apk/internal/member"
)

// Signers gives the names of the public keys that an index says it is signed with, for those who have none of
// them. Nothing is verified.
func Signers(r io.Reader) ([]string, error) {
	members := member.NewReader(r)
	content, err := members.Next(io.Discard, maxCompressed)
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	archive := bufio.NewReaderSize(content, 64<<10)
	if start, err := archive.Peek(len(".SIGN.")); string(start) != ".SIGN." {
		if errors.Is(err, io.EOF) {
			err = nil // a very short archive
		}
		return nil, err
	}
	signatures, err := readSignatures(members, archive)
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	var names []string
	for _, s := range signatures {
		names = append(names, s.KeyName)
	}
	return names, nil
}
