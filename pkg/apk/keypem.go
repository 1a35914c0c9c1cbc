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

// SplitKeys returns each private key of a text of PEM blocks as a text of its own. A text that has none is returned as it
// is, for ParsePrivateKey to explain.
func SplitKeys(text []byte) ([][]byte, error) {
	if err := checkKeyText(int64(len(text))); err != nil {
		return nil, err
	}
	var keys [][]byte
	found := 0
	for rest := text; ; found++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.Contains(block.Type, "PRIVATE KEY") {
			keys = append(keys, pem.EncodeToMemory(block))
		}
	}
	if keys == nil {
		return [][]byte{text}, nil
	}
	if begun := bytes.Count(text, []byte("-----BEGIN ")); begun != found {
		return nil, fmt.Errorf("of %d PEM blocks %d can be read: the others are cut off or damaged", begun, found)
	}
	return keys, nil
}

// decodePEM returns the first PEM block and explains the files that people take for keys.
func decodePEM(text []byte) (*pem.Block, error) {
	if err := checkKeyText(int64(len(text))); err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, noBlock(text)
	}
	return block, checkBlock(block)
}

// openPGPKey are the first bytes of a packet with a key, in the old format and the new one (RFC 9580, 4.2 and 5.5).
var openPGPKey = map[byte]bool{0x94: true, 0x95: true, 0x97: true, 0x98: true, 0x99: true, 0x9b: true, 0xc5: true, 0xc6: true}

func noBlock(text []byte) error {
	if len(text) > 0 && openPGPKey[text[0]] {
		return wrongBlock("PGP PRIVATE KEY BLOCK")
	}
	der := bytes.HasPrefix(text, []byte{0x30, 0x82}) // a SEQUENCE of more than 255 bytes
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return errors.New("it is empty")
	case der:
		return errors.New("it is in DER form; turn it into PEM form with: openssl pkey -inform DER -in KEY -out NAME.rsa")
	case bytes.HasPrefix(text, []byte("-----BEGIN PGP")):
		return wrongBlock("PGP PRIVATE KEY BLOCK")
	case bytes.HasPrefix(text, []byte("ssh-")), bytes.HasPrefix(text, []byte("ecdsa-")), bytes.HasPrefix(text, []byte("---- BEGIN SSH2")):
		return errors.New("this is an OpenSSH public key; give an RSA private key in PEM form")
	case bytes.HasPrefix(text, []byte("PuTTY-User-Key-File")):
		return errors.New("this is a PuTTY key; if it is RSA, turn it into PEM form with: puttygen KEY -O private-openssh -o NAME.rsa")
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
	case strings.HasPrefix(kind, "EC "), strings.HasPrefix(kind, "DSA "):
		return fmt.Errorf("it is an %s, and apk knows only RSA; make one with: %s", kind, makeKey)
	case strings.Contains(kind, "CERTIFICATE"):
		return fmt.Errorf("this is a %s; give the key alone, a file that begins with -----BEGIN PRIVATE KEY----- (or PUBLIC KEY)", kind)
	}
	return fmt.Errorf("a %q is not an RSA key; make one with: %s", kind, makeKey)
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
	if bits > maxKeyBits {
		return fmt.Errorf("it has %d bits, at most %d are allowed; make one with: %s", bits, maxKeyBits, makeKey)
	}
	return nil
}
