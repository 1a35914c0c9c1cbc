package apk

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// makeKey is a command that makes a usable key.
const makeKey = "openssl genrsa -out NAME.rsa 4096"

// decodePEM gives the first PEM block and explains the files that people take for keys.
func decodePEM(text []byte) (*pem.Block, error) {
	block, _ := pem.Decode(text)
	switch {
	case block == nil:
		return nil, noBlock(text)
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, errors.New("it is protected by a password; take that off with: openssl pkey -in KEY -out NAME.rsa")
	}
	return block, nil
}

func noBlock(text []byte) error {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return errors.New("it is empty")
	case bytes.HasPrefix(text, []byte("-----BEGIN PGP")):
		return wrongBlock("PGP PRIVATE KEY BLOCK")
	case bytes.HasPrefix(text, []byte("ssh-")) || bytes.HasPrefix(text, []byte("ecdsa-")):
		return errors.New("this is an OpenSSH public key; give an RSA private key in PEM form")
	case bytes.HasPrefix(text, []byte("-----BEGIN ")):
		return errors.New("it begins like a PEM key but is cut off or damaged: " +
			"check that all lines, with their line breaks, are there")
	}
	return fmt.Errorf("it is not in PEM form, which begins with -----BEGIN PRIVATE KEY-----; make a key with: %s", makeKey)
}

func wrongBlock(kind string) error {
	switch {
	case strings.HasPrefix(kind, "PGP"):
		return fmt.Errorf("this is a GPG key, and apk knows only RSA keys in PEM form; make one with: %s", makeKey)
	case kind == "OPENSSH PRIVATE KEY":
		return errors.New("this is an OpenSSH key; if it is RSA, turn it into PEM form with: ssh-keygen -p -m PEM -f KEY")
	case kind == "EC PRIVATE KEY" || kind == "DSA PRIVATE KEY":
		return fmt.Errorf("it is an %s, and apk knows only RSA; make one with: %s", kind, makeKey)
	}
	return fmt.Errorf("a %q is no RSA key; make one with: %s", kind, makeKey)
}

// checkKeyName keeps the name fit for a tar header, a file name and a URL.
func checkKeyName(name string) error {
	const longest = 100 - len(signaturePrefix+"RSA256.") - len(".pub")
	bad := func(r rune) bool {
		return r == '/' || unicode.IsControl(r) || unicode.IsSpace(r) || r > unicode.MaxASCII
	}
	switch {
	case name == "":
		return errors.New("the key has no name; apk finds keys by their file name, such as acme-blog.rsa")
	case strings.HasPrefix(name, "."), strings.IndexFunc(name, bad) >= 0:
		return fmt.Errorf("key name %q: it must be a plain file name, such as acme-blog.rsa", name)
	case len(name) > longest:
		return fmt.Errorf("key name %q: %d bytes, at most %d are allowed", name, len(name), longest)
	}
	return nil
}

func checkKeySize(bits int) error {
	if bits < minKeyBits {
		return fmt.Errorf("it has %d bits, at least %d are needed; make one with: %s", bits, minKeyBits, makeKey)
	}
	return nil
}
