package apk

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
)

// KeyIDSize is the length of the id by which the files of apk 3 name a key.
const KeyIDSize = 16

// ID returns the beginning of the SHA-512 of the public key in PKCS#1 form, whatever the key's name.
func (k *PublicKey) ID() [KeyIDSize]byte {
	digest := sha512.Sum512(x509.MarshalPKCS1PublicKey(k.rsa))
	return [KeyIDSize]byte(digest[:KeyIDSize])
}

// SignSHA512 returns the PKCS#1 v1.5 signature of message by its SHA-512, as apk 3 does; it is deterministic.
func (k *PrivateKey) SignSHA512(message []byte) ([]byte, error) {
	digest := sha512.Sum512(message)
	return rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA512, digest[:])
}

// VerifySHA512 checks a signature that SignSHA512 returned.
func (k *PublicKey) VerifySHA512(message, signature []byte) error {
	digest := sha512.Sum512(message)
	return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA512, digest[:], signature)
}
