package index

import (
	"bufio"
	"fmt"
	"io"

	"github.com/pakman/build/pkg/apk/internal/member"
)

// Signers returns the names of the public keys that an index says it is signed with, for those who have none of
// them. Nothing is verified.
func Signers(r io.Reader) ([]string, error) {
	members := member.NewReader(r)
	content, err := members.Next(io.Discard, archiveLimit)
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	archive := bufio.NewReaderSize(content, 64<<10)
	if !isSigned(archive) {
		return nil, nil
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
