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

func sign(key *apk.PrivateKey, schema uint32, digest []byte) ([]byte, error) {
	id := key.Public().ID()
	header := append([]byte{signatureVersion, digestSHA512}, id[:]...)
	signature, err := key.SignSHA512(signed(schema, header, digest))
	return append(header, signature...), err
}

func verify(signature []byte, schema uint32, digest []byte, keys []*apk.PublicKey) bool {
	if len(signature) < signatureHeader || signature[0] != signatureVersion || signature[1] != digestSHA512 {
		return false
	}
	header, rest := signature[:signatureHeader], signature[signatureHeader:]
	for _, key := range keys {
		id := key.ID()
		if string(id[:]) == string(header[2:]) && key.VerifySHA512(signed(schema, header, digest), rest) == nil {
			return true
		}
	}
	return false
}

func signed(schema uint32, header, digest []byte) []byte {
	message := binary.LittleEndian.AppendUint32(nil, schema)
	return append(append(message, header...), digest...)
}

func digestOf(block Block) []byte {
	digest := sha512.Sum512(block)
	return digest[:]
}
