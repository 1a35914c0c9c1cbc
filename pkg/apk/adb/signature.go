package adb

import (
	"crypto/sha512"
	"encoding/binary"

	"github.com/pakman/build/pkg/apk"
)

// A signature begins with its version, the digest of the block, and the key's id. What is signed is
// the schema, these, and the digest.
const (
	signatureVersion = 0
	digestSHA512     = 4
	signatureHeader  = 2 + apk.KeyIDSize
)

func sign(key *apk.PrivateKey, schema uint32, digest Digest) ([]byte, error) {
	id := key.Public().ID()
	header := append([]byte{signatureVersion, digestSHA512}, id[:]...)
	signature, err := key.SignSHA512(signed(schema, header, digest))
	return append(header, signature...), err
}

// signerOf returns the one of the keys whose signature it is, or nil.
func signerOf(signature []byte, schema uint32, digest Digest, keys []*apk.PublicKey) *apk.PublicKey {
	if len(signature) < signatureHeader || signature[0] != signatureVersion || signature[1] != digestSHA512 {
		return nil
	}
	header, rest := signature[:signatureHeader], signature[signatureHeader:]
	for _, key := range keys {
		id := key.ID()
		if string(id[:]) == string(header[2:]) && key.VerifySHA512(signed(schema, header, digest), rest) == nil {
			return key
		}
	}
	return nil
}

func signed(schema uint32, header []byte, digest Digest) []byte {
	message := binary.LittleEndian.AppendUint32(nil, schema)
	return append(append(message, header...), digest[:]...)
}

// Digest is the SHA-512 of a block.
type Digest [sha512.Size]byte

// Digest returns the digest of the block, which its signatures sign.
func (b Block) Digest() Digest { return sha512.Sum512(b) }
