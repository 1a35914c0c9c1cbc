package apk

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// keyBits is the size of new keys, and minKeyBits the least that is accepted.
const (
	keyBits    = 4096
	minKeyBits = 2048
)

// PrivateKey signs. Its Name is the private key's file name, "acme-blog.rsa".
// Printing it in any form shows the name alone.
type PrivateKey struct {
	Name string
	rsa  *rsa.PrivateKey
}

// PublicKey verifies. Its Name is "acme-blog.rsa.pub", as in /etc/apk/keys.
type PublicKey struct {
	Name string
	rsa  *rsa.PublicKey
}

// GenerateKey makes an RSA key of 4096 bits.
func GenerateKey(name string) (*PrivateKey, error) {
	if err := checkKeyName(name); err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("making the key %s: %w", name, err)
	}
	return &PrivateKey{Name: name, rsa: key}, nil
}

// ParsePrivateKey reads PEM, PKCS#1 or PKCS#8. A key that is protected is opened with the first of the passwords
// that fits; where there is none, the error is ErrPassword.
func ParsePrivateKey(name string, text []byte, passwords ...string) (*PrivateKey, error) {
	if err := checkKeyName(name); err != nil {
		return nil, err
	}
	block, err := decodePEM(text)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	if block, err = unprotect(block, passwords); err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	key, err := privateRSA(block)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	if err := checkKeySize(key.N.BitLen()); err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return &PrivateKey{Name: name, rsa: key}, nil
}

func privateRSA(block *pem.Block) (*rsa.PrivateKey, error) {
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("this is a public key; give the private key, the file without .pub")
	default:
		return nil, wrongBlock(block.Type)
	}
	if err != nil {
		return nil, unreadable(block.Type, err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, notRSA(key)
	}
	return private, nil
}

// ParsePublicKey reads PEM, PKIX or PKCS#1.
func ParsePublicKey(name string, text []byte) (*PublicKey, error) {
	if err := checkKeyName(name); err != nil {
		return nil, err
	}
	block, err := decodePEM(text)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	key, err := publicRSA(block)
	if err == nil && key.N.BitLen() > maxKeyBits { // short ones of others are theirs to judge
		err = checkKeySize(key.N.BitLen())
	}
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return &PublicKey{Name: name, rsa: key}, nil
}

func publicRSA(block *pem.Block) (*rsa.PublicKey, error) {
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("this is a private key; give the public key, the file that ends in .pub")
	default:
		return nil, wrongBlock(block.Type)
	}
	if err != nil {
		return nil, unreadable(block.Type, err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, notRSA(key)
	}
	return public, nil
}

// Public returns the public key, named Name+".pub".
func (k *PrivateKey) Public() *PublicKey {
	return &PublicKey{Name: k.Name + ".pub", rsa: &k.rsa.PublicKey}
}

// PEM returns the key as PKCS#8 PEM (openssl reads it).
func (k *PrivateKey) PEM() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k.rsa)
	if err != nil {
		panic(err) // an RSA key can always be encoded
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// PEM returns the public key as PKIX PEM, as apk expects it.
func (k *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.der()})
}

// Fingerprint returns the SHA-256, in hex, of the public key in PKIX DER form: what openssl pkey -pubin -outform DER
// writes.
func (k *PublicKey) Fingerprint() string {
	sum := sha256.Sum256(k.der())
	return hex.EncodeToString(sum[:])
}

func (k *PublicKey) der() []byte {
	der, err := x509.MarshalPKIXPublicKey(k.rsa)
	if err != nil {
		panic(err) // an RSA key can always be encoded
	}
	return der
}

// sign returns the PKCS#1 v1.5 signature of a SHA-256 digest; it is deterministic.
func (k *PrivateKey) sign(digest []byte) ([]byte, error) {
	return rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, digest)
}

// Format prints the name, whatever the verb.
func (k PrivateKey) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "private key "+k.Name) // f keeps its own errors
}

// LogValue returns what log/slog shows.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue("private key " + k.Name) }
