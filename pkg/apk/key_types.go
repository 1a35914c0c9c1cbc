package apk

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/youmark/pkcs8"
)

// ErrPassword says that a private key is protected by a password that was not given.
var ErrPassword = errors.New("it is protected by a password")

const takeOff = "remove it with: openssl pkey -in KEY -out NAME.rsa"

// unprotect returns the private key's block in the clear: PKCS#8's own protection (PBES2, RFC 8018), or that of the
// older PEM header DEK-Info (RFC 1421).
func unprotect(block *pem.Block, passwords []string) (*pem.Block, error) {
	var open func(password []byte) (*pem.Block, error)
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY":
		if err := checkPasswordWork(block.Bytes); err != nil {
			return nil, err
		}
		open = func(password []byte) (*pem.Block, error) { return openPKCS8(block, password) }
	case x509.IsEncryptedPEMBlock(block): //nolint:staticcheck // openssl rsa -traditional still writes this form
		open = func(password []byte) (*pem.Block, error) { return openLegacy(block, password) }
	default:
		return block, nil
	}
	if len(passwords) == 0 {
		return nil, fmt.Errorf("%w, and none is given: give it, or %s", ErrPassword, takeOff)
	}
	var err error
	for _, password := range passwords {
		var clear *pem.Block
		if clear, err = open([]byte(password)); err == nil {
			return clear, nil
		}
	}
	return nil, fmt.Errorf("%w, which the given password does not open: check it, or %s (%w)", ErrPassword, takeOff, err)
}

func openPKCS8(block *pem.Block, password []byte) (*pem.Block, error) {
	key, _, err := pkcs8.ParsePrivateKey(block.Bytes, password)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return &pem.Block{Type: "PRIVATE KEY", Bytes: der}, err
}

// openLegacy also parses: a wrong password goes unnoticed in one of 256 cases.
func openLegacy(block *pem.Block, password []byte) (*pem.Block, error) {
	der, err := x509.DecryptPEMBlock(block, password) //nolint:staticcheck // openssl rsa -traditional still writes this form
	if err == nil && block.Type == "RSA PRIVATE KEY" {
		_, err = x509.ParsePKCS1PrivateKey(der)
	}
	return &pem.Block{Type: block.Type, Bytes: der}, err
}

// notRSA names the kind of a key that apk does not know.
func notRSA(key any) error {
	kind := fmt.Sprintf("a %T", key)
	switch key.(type) {
	case *ecdsa.PrivateKey, *ecdsa.PublicKey, *ecdh.PrivateKey, *ecdh.PublicKey:
		kind = "an elliptic-curve (EC) key"
	case ed25519.PrivateKey, ed25519.PublicKey:
		kind = "an Ed25519 key"
	}
	return fmt.Errorf("it is %s, and apk knows only RSA; make one with: %s", kind, makeKey)
}

// unreadable explains a block of the right type that cannot be parsed.
func unreadable(kind string, err error) error {
	if strings.Contains(err.Error(), "unknown algorithm") || strings.Contains(err.Error(), "unknown public key algorithm") {
		return fmt.Errorf("the %s is of a kind that apk does not know, which is only plain RSA; make one with: %s (%w)", kind, makeKey, err)
	}
	return fmt.Errorf("the %s is damaged: %w", kind, err)
}
